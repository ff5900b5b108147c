"""The starter is sound as it is, and never overwrites."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs import cli
from plateia.workspace import load_workspace


def test_the_starter_is_sound(tmp_path: Path) -> None:
    assert cli.main(["init", str(tmp_path / "mine")]) == 0
    workspace = load_workspace(tmp_path / "mine" / "configs")
    assert workspace.problems == ()
    assert set(workspace.audiences) == {"recent-book-buyers", "gold-gone-quiet"}


def test_it_never_overwrites(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "configs").mkdir()
    assert cli.main(["init", str(tmp_path)]) == 2
    assert "configs exists" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [tmp_path / "configs"]


@pytest.mark.parametrize(
    ("argv", "exit_code", "says"),
    [
        pytest.param(["--help"], 0, "build-audiences", id="help"),
        pytest.param(["biuld-audiences"], 2, "Did you mean 'build-audiences'?", id="a typing mistake"),
        pytest.param(["init", "--force"], 2, "unrecognized arguments: --force", id="an unknown option"),
        pytest.param(["runs", "--jsn"], 2, "unrecognized arguments: --jsn", id="an unknown option of a job"),
    ],
)
def test_the_command(argv: list[str], exit_code: int, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(argv) == exit_code
    printed = capsys.readouterr()
    assert says in printed.out + printed.err
