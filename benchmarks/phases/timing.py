"""Repeating work and judging its cost: medians, bars."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import NamedTuple

from benchmarks.measuring import Row, measured
from plateia.trace import log


class Cost(NamedTuple):
    """What some work took; memory is the peak of the process and all below it."""

    wall_s: float
    core_s: float
    rss_mb: float


@dataclass(frozen=True, slots=True)
class Bar:
    """The most that some work may take; None: anything."""

    core_s: float | None = None
    wall_s: float | None = None
    rss_mb: float | None = None

    def judge(self, what: str, cost: Cost) -> Row:
        """The cost as a row that says whether it holds the bar."""
        limits = [
            (self.core_s, cost.core_s, "core-s"),
            (self.wall_s, cost.wall_s, "s"),
            (self.rss_mb, cost.rss_mb, "MB"),
        ]
        asked = [(limit, found, unit) for limit, found, unit in limits if limit is not None]
        if not asked:
            return Row(what, *cost)
        bar = ", ".join(f"≤ {limit:g} {unit}" for limit, _, unit in asked)
        return Row(what, *cost, bar, all(found <= limit for limit, found, _ in asked))


def costs_of(label: str, work: Callable[[int], object], *, runs: int) -> list[Cost]:
    """What each of so many runs cost; the work gets the number of the run, from 0."""
    found = []
    for number in range(runs):
        _, *cost = measured(partial(work, number))
        found.append(Cost(*cost))
        log("bench").info(
            "%s: run %d of %d, %.2f core-s, %.2f s", label, number + 1, runs, found[-1].core_s, found[-1].wall_s
        )
    return found


def median_of(costs: Sequence[Cost]) -> Cost:
    """The median of each figure."""
    return Cost(*(median(values) for values in zip(*costs, strict=True)))
