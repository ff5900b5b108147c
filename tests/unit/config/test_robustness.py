"""Whatever a file holds, loading ends with problems, never with a stack trace."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from plateia.workspace import load_workspace

GOLDEN = Path(__file__).parent / "golden" / "models"
FILES = [
    "configs/sites.yml",
    "configs/environments/local.yml",
    "configs/sources/all.yml",
    "configs/audiences/a.yml",
    "configs/features/f.yml",
    "configs/lookalikes/l.yml",
    "configs/propensities/p.yml",
    "expectations/s.yml",
]
PLAIN: dict[str, list[Any]] = {
    name: list(yaml.load_all((GOLDEN / name).read_text("utf-8"), Loader=yaml.BaseLoader)) for name in FILES
}
_WORDS = [
    "",
    "a",
    "all",
    "us",
    "-1",
    "1e999",
    "99999999999999999999",
    "null",
    "30d",
    "0%",
    "${x}",
    "a.b",
    "\x00",
    "[key]",
]
_JUNK = st.recursive(
    st.sampled_from(_WORDS),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(_WORDS), inner, max_size=2),
    max_leaves=4,
)


def _places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, part in parts for place in _places(part, (*path, key)))]


@st.composite
def _mutated(draw: st.DrawFn) -> tuple[str, str]:
    """A file with one value somewhere replaced by junk, or one junk key added."""
    name = draw(st.sampled_from(FILES))
    documents = copy.deepcopy(PLAIN[name])
    *holders, last = draw(st.sampled_from([place for place in _places(documents) if place]))
    holder: Any = documents
    for part in holders:
        holder = holder[part]
    if isinstance(holder, dict) and draw(st.booleans()):
        last = draw(st.sampled_from(_WORDS))
    holder[last] = draw(_JUNK)
    return name, yaml.safe_dump_all(documents, default_style='"', sort_keys=False)


@settings(max_examples=60, deadline=None)
@given(mutated=_mutated())
def test_a_mutated_configuration_still_loads(
    tmp_path_factory: pytest.TempPathFactory, mutated: tuple[str, str]
) -> None:
    root = tmp_path_factory.mktemp("mutated")
    for name in FILES:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(mutated[1] if name == mutated[0] else (GOLDEN / name).read_text("utf-8"), encoding="utf-8")
    workspace = load_workspace(root / "configs")
    said = [str(problem) for problem in workspace.problems]
    assert said
    assert not any("another value here" in line or "\x00" in line for line in said)
    assert set(workspace.audiences).isdisjoint(workspace.broken)
