"""What sound rules are warned about: each golden YAML file has beside it the warnings that it gives, and no more."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from plateia.config import load_documents
from plateia.errors import Problem
from plateia.rules.lint import lint
from plateia.workspace.doubts import located
from tests.unit.rules.shop import CATALOGUE, parse

GOLDEN = Path(__file__).parents[2] / "golden" / "lint"
TODAY = date(2018, 7, 1)


@pytest.mark.parametrize("name", sorted(path.stem for path in GOLDEN.glob("*.yml")))
def test_every_warning_of_a_file_is_told(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(GOLDEN)
    warnings: list[Problem] = []
    documents, problems = load_documents(Path(f"{name}.yml"), f"{name}.yml")
    audiences = {}
    for document in documents:
        audience, found = parse(document, tmp_path, warnings)
        problems += found
        assert audience is not None, problems
        audiences[audience.key] = audience
    told = [str(doubt) for doubt in located(lint(audiences, CATALOGUE, today=TODAY))]
    expected = (GOLDEN / f"{name}.txt").read_text("utf-8").splitlines()
    assert [*map(str, warnings), *told] == expected
