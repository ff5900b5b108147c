"""Mistakes are refused in plain words: each golden YAML file has beside it the problems that it must give."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.rules.shop import parse, read

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", ["structure", "conditions", "events", "sequences", "references"])
def test_every_problem_of_a_file_is_told(name: str, tmp_path: Path) -> None:
    configs = tmp_path / "configs"
    configs.mkdir()
    told = []
    for document in read((GOLDEN / f"{name}.yml").read_text("utf-8"), configs):
        audience, problems = parse(document, configs)
        assert audience is None
        told += [str(problem) for problem in problems]
    expected = (GOLDEN / f"{name}.txt").read_text("utf-8").splitlines()
    assert told == expected
