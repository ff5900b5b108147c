"""Engines in a contest: medians, bars, and who is too late."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.graphs.engines.contest import Contest, Runs
from benchmarks.graphs.engines.engine import Settings
from benchmarks.graphs.files import Graph, identity_graph
from benchmarks.graphs.rows.engines import rows_of, walls_of
from benchmarks.phases.timing import Cost

GRAPH = Graph(Path("nowhere"), "ten edges")


LATE = Runs(failure="more than 10 s", is_late=True)
FAILED = Runs(failure="failed with exit 1")


def runs_of(*walls: float) -> Runs:
    return Runs([Cost(wall_s, 2 * wall_s, 100.0) for wall_s in walls])


@pytest.mark.parametrize(
    ("rival", "shown", "met"),
    [
        pytest.param(runs_of(8, 9, 7), "0.50", True, id="twice as long"),
        pytest.param(runs_of(7.9), "0.51", False, id="not quite"),
        pytest.param(LATE, "at most 0.40", True, id="too late, and long enough"),
    ],
)
def test_ours_is_half_of_each_rival_on_spark(rival: Runs, shown: str, met: bool) -> None:
    ours, theirs = rows_of({"contract": runs_of(9, 4, 3), "graphx": rival}, GRAPH, limit_s=10)
    assert ours.wall_s == 4
    assert ours.bar is None
    assert theirs.bar == f"contract's wall ≤ 0.5 of it: {shown}"
    assert theirs.met is met


def test_a_limit_that_is_too_short_to_know_is_missed() -> None:
    _, theirs = rows_of({"contract": runs_of(6), "graphx": LATE}, GRAPH, limit_s=10)
    assert theirs.met is False
    assert "more than 10 s" in theirs.what


@pytest.mark.parametrize(("ours", "theirs"), [(FAILED, runs_of(9)), (LATE, runs_of(9)), (runs_of(2), FAILED)])
def test_who_failed_is_not_compared(ours: Runs, theirs: Runs) -> None:
    rows = rows_of({"contract": ours, "stars": theirs}, GRAPH, limit_s=10)
    assert [row.met for row in rows] == [None, None]
    assert any("failed with exit 1" in row.what or "more than 10 s" in row.what for row in rows)


def test_who_moves_nothing_by_spark_has_no_bar() -> None:
    rows = rows_of({"contract": runs_of(9), "scipy": runs_of(1), "splink-duckdb": runs_of(2)}, GRAPH, limit_s=10)
    assert [row.bar for row in rows] == [None, None, None]


def test_walls_are_medians_or_reasons() -> None:
    found = {"contract": runs_of(1, 2, 9), "graphx": LATE}
    assert walls_of(found) == {"contract": 2.0, "GraphX ConnectedComponents": "more than 10 s"}


def test_engines_run_in_processes_and_the_late_one_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(__file__).parents[2]
    monkeypatch.setenv("PYTHONPATH", str(root))
    monkeypatch.chdir(tmp_path)
    graph, warm = identity_graph(2_000), identity_graph(200)
    in_time = Contest(graph, warm, Settings(0), limit_s=60).turns(["scipy", "splink-duckdb"], runs=2)
    assert [len(runs.costs) for runs in in_time.values()] == [2, 2]
    assert all(runs.cost is not None and min(runs.driver_mb) > 10 for runs in in_time.values())
    late = Contest(graph, warm, Settings(0), limit_s=0.001).turns(["splink-duckdb"], runs=2)["splink-duckdb"]
    assert late.failure == "more than 0 s"
    assert late.cost is None
