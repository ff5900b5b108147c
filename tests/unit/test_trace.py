"""Runs, outcomes and what commands say while they work."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from plateia import trace
from plateia.clock import AsOf
from plateia.errors import Location, Problem
from plateia.trace import Outcome, Progress, configure_logging, log, new_run


def test_a_run_id_is_an_instant_and_a_short_random() -> None:
    runs = [new_run("build-audiences", AsOf.parse("2018-01-01")) for _ in range(20)]
    for run in runs:
        assert re.fullmatch(r"\d{8}T\d{6}Z-[0-9a-f]{6}", run.run_id)
        assert run.run_id.startswith(f"{run.started:%Y%m%dT%H%M%SZ}")
        assert run.started.tzinfo is UTC
    assert len({run.run_id for run in runs}) == 20
    assert runs[0].pinned({"people": 3}).pins == {"people": 3}


def test_an_outcome_has_the_shape_that_scripts_rely_on() -> None:
    row = {"site": "us", "as_of": datetime(2018, 1, 1, 5, tzinfo=UTC), "reasons": ("x",), "size": 3, "core_ms": None}
    problem = Problem(Location("a.yml", 3, "rule.all[0]"), "'x'", "one of: a, b", "Did you mean 'a'?")
    outcome = Outcome("build-audiences", "r", "2018-01-01", 3, [row], [problem])
    assert json.loads(json.dumps(outcome.as_json())) == {
        "command": "build-audiences",
        "run_id": "r",
        "as_of": "2018-01-01",
        "exit": 3,
        "results": [{"site": "us", "as_of": "2018-01-01T05:00:00Z", "reasons": ["x"], "size": 3, "core_ms": None}],
        "errors": [
            {"file": "a.yml", "line": 3, "path": "rule.all[0]", "got": "'x'", "expected": "one of: a, b",
             "hint": "Did you mean 'a'?"},
        ],
    }  # fmt: skip


def test_the_log_goes_to_stderr_once(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):  # a command may run again in the same process
        configure_logging()
    log("lake").info("hello")
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("hello") == 1
    assert err.endswith("INFO hello\n")


def test_json_lines_and_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(quiet=True, log_format="json")
    log("lake").info("not said")
    log("lake").warning("é is %d", 1)
    (line,) = capsys.readouterr().err.splitlines()
    found = json.loads(line)
    assert (found["level"], found["logger"], found["message"]) == ("warning", "plateia.lake", "é is 1")
    assert datetime.fromisoformat(found["at"]).tzinfo is not None


def test_progress_without_a_terminal_is_a_line_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    configure_logging()
    ticks = iter([0.0, 4.0, 9.9, 10.0, 10.0, 15.0])
    # Only here: a thread of another library that asks for the time would take one of the ticks.
    monkeypatch.setattr(trace, "time", SimpleNamespace(monotonic=lambda: next(ticks)))
    with Progress("blocks", 40) as progress:
        for _ in range(4):
            progress.advance(10)
    lines = capsys.readouterr().err.splitlines()
    assert [line.rpartition("INFO ")[2] for line in lines] == ["blocks: 30 of 40"]
