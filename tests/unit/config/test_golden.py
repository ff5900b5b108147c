"""Bad configurations and what is said of them: every problem of every file, one a line, word by word."""

from __future__ import annotations

from pathlib import Path

import pytest

from plateia.workspace import load_workspace

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("case", [path.name for path in sorted(GOLDEN.iterdir())])
def test_every_problem_of_every_file_is_named(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(GOLDEN / case)
    workspace = load_workspace(Path("configs"))
    said = [*map(str, workspace.problems), *(f"warning: {warning}" for warning in workspace.warnings)]
    assert said == Path("expected.txt").read_text("utf-8").splitlines()
