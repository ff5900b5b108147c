"""A configuration whose audiences go through the cache whatever their size, and loads that do and do not use it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from plateia.workspace import Workspace, load_workspace
from plateia.workspace.bound import loading
from tests.files import write_files

SETTINGS = {
    "sites.yml": "us: {zone: America/New_York}\nbr: {zone: America/Sao_Paulo}\n",
    "environments/local.yml": "lake: lake\nvariables: {data: raw}\n",
    "environments/other.yml": "lake: lake\nvariables: {data: elsewhere}\n",
    "sources/people.yml": (
        "source: people\nkind: people\nread: {format: csv, path: people.csv}\nsite: us\n"
        "person: {column: id}\ntraits:\n  age: {type: long}\n  tier: {type: string, values: [gold, silver]}\n"
    ),
}
# Sound, of several documents, twice the same key, broken in its YAML and in its meaning, with lists and warnings.
TEXTS = (
    "audience: adults\nsites: all\nrule: {trait: age, is: {gte: 18}}\n",
    "audience: adults\nsites: [us]\nrule: {trait: age, is: {gte: 21}}\n",
    "# two\naudience: gold\nsites: all\nrule: {trait: tier, is: gold}\n---\n\naudience: others\nsites: all\n"
    "rule:\n  none:\n    - audience: gold\n    - trait: age\n      is: {gte: 18}\n",
    "audience: bronze\nsites: [us]\nrule: {trait: tier, is: bronze}\nexclude: [adults, gold]\n",
    "audience: misspelt\nsites: [us]\nrule:\n  any:\n    - trait: aeg\n      is: {gte: 18}\n",
    "audience: open\nsites: [us\n---\naudience: shut\nsites: [us]\nrule: {audience: open}\n",
    "audience: twice\nsites: [us]\nsites: [br]\nrule: {audience: adults}\n---\nsites: [us]\nrule: {audience: twice}\n",
    "audience: listed\nsites: [us]\nrule:\n  all:\n    - list: near.csv\n    - list: ${data}/far.csv\n",
    "audience: round\nsites: all\nrule: {any: [{audience: trip}, {audience: nowhere}]}\n---\n"
    "audience: trip\nsites: all\nrule: {audience: round}\n",
    "- not a mapping\n",
    "",
)


def write(root: Path, files: Mapping[str, str]) -> Path:
    """The settings and the files below ``configs``; returns that."""
    write_files(root / "configs", {**SETTINGS, **files})
    return root / "configs"


def caching(patch: pytest.MonkeyPatch) -> None:
    """Keep and look up every file, in many packs."""
    patch.setattr(loading, "_WORTH_A_CACHE_BYTES", 0)
    patch.setattr(loading, "_WORTH_A_LOOK_BYTES", 0)
    patch.setattr(loading, "_PACK_BYTES", 200)
    forget(patch)


def forget(patch: pytest.MonkeyPatch) -> None:
    """What a fresh process knows."""
    patch.setattr(loading, "_LAST", loading._Remembered())


@contextmanager
def uncached() -> Iterator[None]:
    """Every file is parsed and bound, and nothing is kept or looked up."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loading, "_WORTH_A_CACHE_BYTES", sys.maxsize)
        forget(patch)
        yield


def seen(workspace: Workspace) -> list[str]:
    """All that a load finds out about audiences, with every place."""
    found = [f"{key}: {audience!r} {audience.destinations}" for key, audience in workspace.audiences.items()]
    broken = [f"{key}: {[*map(str, problems)]}" for key, problems in sorted(workspace.broken.items())]
    problems = [str(problem) for problem in (*workspace.problems, *workspace.warnings)]
    return [*found, *broken, *problems, *sorted(workspace.written), *map(str, workspace.files)]


def plain(configs: Path, environment: str = "local") -> list[str]:
    """What a load without any cache finds out."""
    with uncached():
        return seen(load_workspace(configs, environment))


def cached(configs: Path, environment: str = "local") -> list[str]:
    """What a load finds out that may use the cache, and what this process remembers."""
    return seen(load_workspace(configs, environment))
