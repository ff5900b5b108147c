"""The whole published run, as a user starts it: ``build-audiences`` with changes, gates, pointers and history."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stdout
from datetime import timedelta

from benchmarks.company.shape import AS_OF
from benchmarks.measuring import Row
from benchmarks.phases.stage import Stage
from benchmarks.phases.timing import Bar, costs_of, median_of
from jobs import build_audiences
from plateia.clock import iso


def run(stage: Stage, *, runs: int, first: Bar, later: Bar) -> list[Row]:
    """The first publication in a new JVM, and the median of runs a day apart: windows move on, people come and go."""
    _, _ = stage.lake, stage.configs
    stage.forget_published()
    costs = costs_of(f"published, {stage.mix.name}", lambda number: publish(stage, days_later=number), runs=runs + 1)
    what = f"the whole published run: {stage.mix.audiences:,} audiences ({stage.mix.name})"
    return [
        first.judge(f"{what}, first publication, session's start included", costs[0]),
        later.judge(f"{what}, later days", median_of(costs[1:])),
    ]


def publish(stage: Stage, *, days_later: int) -> list[dict[str, object]]:
    """Run ``build-audiences`` in this process; returns the rows of its ``--json``.

    Raises:
        ValueError: It did not publish everything.
    """
    as_of, told = iso(AS_OF + timedelta(days=days_later)), io.StringIO()
    with redirect_stdout(told):
        code = build_audiences.main(["--configs", str(stage.configs), "--as-of", as_of, "--quiet", "--json"])
    outcome = json.loads(told.getvalue())
    if code != 0 or len(outcome["results"]) != stage.mix.audiences:
        raise ValueError(f"build-audiences ended with exit {code}: {outcome['errors'][:3]}")
    results: list[dict[str, object]] = outcome["results"]
    return results
