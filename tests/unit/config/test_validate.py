"""``plateia validate``: exit codes, what it prints, and that it stays away from everything heavy."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from jobs import validate
from tests.files import write_files

GOLDEN = Path(__file__).parent / "golden"


def test_a_sound_configuration_is_summed_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_files(tmp_path / "configs", {"sites.yml": "us: {zone: UTC}", "environments/local.yml": "lake: lake"})
    assert validate.main([]) == 0
    assert capsys.readouterr().out == "All is well: sites 1.\n"


def test_every_problem_is_a_line_of_stderr_and_the_exit_code_is_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(GOLDEN / "audiences")
    assert validate.main(["--quiet"]) == 2
    printed = capsys.readouterr()
    expected = [line for line in Path("expected.txt").read_text("utf-8").splitlines() if not line.startswith("warning")]
    assert printed.out == ""
    assert [line for line in printed.err.splitlines() if line.startswith("error: ")] == [
        f"error: {e}" for e in expected
    ]


@pytest.mark.parametrize(
    ("paths", "files"),
    [
        pytest.param(["configs/audiences/us"], {"configs/audiences/us/b.yml"}, id="folder"),
        pytest.param(["configs/audiences/a.yml"], {"configs/audiences/a.yml"}, id="file"),
        pytest.param(["configs/sites.yml"], set(), id="sound file"),
    ],
)
def test_paths_narrow_what_is_reported(
    paths: list[str], files: set[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(GOLDEN / "audiences")
    assert validate.main([*paths, "--json"]) == (2 if files else 0)
    assert {error["file"] for error in json.loads(capsys.readouterr().out)["errors"]} == files


def test_json_holds_the_six_fields_of_every_problem(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(GOLDEN / "audiences")
    assert validate.main(["--json"]) == 2
    told = json.loads(capsys.readouterr().out)
    assert told["command"] == "validate"
    assert told["exit"] == 2
    assert told["errors"][0] == {
        "file": "configs/audiences/a.yml",
        "line": 2,
        "path": "titel",
        "got": "the unknown key 'titel'",
        "expected": "one of: audience, consent, destinations, exclude, guards, membership, owner, priority, refresh, "
        "rule, shape, sites, split, title",
        "hint": "Did you mean 'title'?",
    }


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        pytest.param(["nowhere.yml"], "got PATH 'nowhere.yml'", id="unknown path"),
        pytest.param(["--configs", "nowhere"], "no such folder", id="no folder"),
        pytest.param(["--environment", "prod"], "no environment 'prod'; expected one of: local", id="no environment"),
        pytest.param(["--nonsense"], "--nonsense", id="unknown option"),
    ],
)
def test_what_does_not_exist_is_refused(
    argv: list[str], words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(GOLDEN / "audiences")
    assert validate.main(argv) == 2
    assert words in capsys.readouterr().err


def test_validating_imports_nothing_heavy() -> None:
    heavy = ("pyspark", "pyarrow", "pandas", "numpy", "deltalake", "mlflow", "sklearn", "great_expectations")
    program = f"import sys, jobs.validate; sys.stdout.write(' '.join(set({heavy!r}) & set(sys.modules)))"
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert finished.stdout == ""


DOUBTFUL = """audience: later
sites: [us]
rule:
  event: order
  window: {since: 2020-01-01}
---
audience: both
sites: [us]
rule:
  all:
    - {event: order, where: {kind: tea}}
    - {event: order, count: 0}
"""

ORDERS = """source: orders
kind: events
event: order
read: {format: csv, path: orders.csv}
site: us
person: {column: customer, identifier: account}
at: {column: at, zone: UTC}
id: [number]
load: snapshot
properties: {kind: {type: string}}
"""


@pytest.fixture
def doubtful(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sound configuration with two audiences that nobody can be in."""
    files = {
        "sites.yml": "us: {zone: America/New_York}",
        "environments/local.yml": "lake: lake",
        "sources/orders.yml": ORDERS,
        "audiences/a.yml": DOUBTFUL,
    }
    for name, text in files.items():
        path = tmp_path / "configs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("as_of", "lines"),
    [
        pytest.param("2019-12-31", {5, 10}, id="the day before"),
        pytest.param("2020-01-01T04:00:00Z", {5, 10}, id="still the day before in New York"),
        pytest.param("2020-01-01", {10}, id="on the day"),
    ],
)
@pytest.mark.usefixtures("doubtful")
def test_doubts_are_warnings_with_their_lines(as_of: str, lines: set[int], capsys: pytest.CaptureFixture[str]) -> None:
    assert validate.main(["--quiet", "--as-of", as_of]) == 0
    printed = capsys.readouterr()
    assert {int(line.split("configs/audiences/a.yml:")[1].split(":")[0]) for line in printed.err.splitlines()} == lines
    assert printed.out == f"All is well: sites 1, sources 1, audiences 2, warnings {len(lines)}.\n"


@pytest.mark.usefixtures("doubtful")
def test_doubts_about_other_files_are_not_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert validate.main(["--quiet", "configs/sites.yml"]) == 0
    assert capsys.readouterr().err == ""
