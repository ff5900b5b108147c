"""Measures as folds: events come in slices of time, or as daily totals, and one value a place comes out.

A slice holds, of each local day of a window, all events or none. The order of slices changes nothing.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable
from zoneinfo import ZoneInfo

from transforms.audience.atoms import Measured
from transforms.audience.leaves.columns import Column, Mask
from transforms.audience.leaves.measures.adding import Average, Total
from transforms.audience.leaves.measures.counting import Count, Days
from transforms.audience.leaves.measures.daily import DayRows
from transforms.audience.leaves.measures.distinct import Distinct
from transforms.audience.leaves.measures.extremes import Extreme, Instant
from transforms.audience.leaves.measures.matches import Matches


class Fold(Protocol):
    """Takes in the events of a measure part by part."""

    def add(self, matches: Matches) -> None:
        """Take in the matching events of one slice.

        Raises:
            SumOverflowError: A living person has a value that is too large to add.
        """

    def finish(self) -> Column:
        """The value of each place; missing where an average or an extreme is of nothing.

        Raises:
            SumOverflowError: A living person's sum of doubles lies beyond 9.2 · 10^12.
        """


@runtime_checkable
class Daily(Protocol):
    """A fold that daily totals are enough for: of counts, days, sums and averages."""

    def add_days(self, rows: DayRows) -> None:
        """Take in the totals of some days; of several calls, in the order of the days."""


def fold_of(measured: Measured, alive: Mask, zone: ZoneInfo) -> Fold:
    """An empty fold of a measure."""
    match measured.kind:
        case "count":
            return Count(alive.size)
        case "days":
            return Days(alive.size, zone)
        case "sum":
            return Total(measured.scale, alive)
        case "avg":
            return Average(measured.scale, alive)
        case "min" | "max":
            return Extreme(alive.size, is_least=measured.kind == "min")
        case "first" | "last":
            return Instant(alive.size, is_least=measured.kind == "first")
        case "distinct":
            return Distinct(alive.size)


def measure(measured: Measured, matches: Matches, alive: Mask, zone: ZoneInfo) -> Column:
    """The value of a measure of some events, one a place.

    Raises:
        SumOverflowError: A living person's sum of doubles lies beyond 9.2 · 10^12.
    """
    fold = fold_of(measured, alive, zone)
    fold.add(matches)
    return fold.finish()
