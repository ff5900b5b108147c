"""Folds that add: exact sums, and averages of them."""

from __future__ import annotations

import numpy as np

from transforms.audience.leaves import sums
from transforms.audience.leaves.columns import Column, DoubleColumn, IntegerColumn, Mask, MissingColumn, Numbers, Places
from transforms.audience.leaves.measures.counting import Count
from transforms.audience.leaves.measures.daily import DayRows
from transforms.audience.leaves.measures.matches import Matches

_EXACT = 2.0**53  # integers up to here are exact as doubles


class Total:
    """The exact sum of each place, with ``scale`` decimals."""

    def __init__(self, scale: int, alive: Mask) -> None:
        self._scale, self._alive = scale, alive
        self._sums: Numbers | None = None
        self._is_limited = False

    @property
    def is_empty(self) -> bool:
        """Whether there was no event to tell the type of the property."""
        return self._sums is None

    def add(self, matches: Matches) -> None:
        """See ``Fold``."""
        if matches.added is not None:
            sums.refuse_too_large(matches.people, matches.added, self._alive)
            self._take(sums.sums_of(matches.people, matches.added.values, self._alive.size), matches.added.is_limited)

    def add_days(self, rows: DayRows) -> None:
        """See ``Daily``."""
        if rows.sums is not None:
            self._take(sums.sums_of(rows.places, rows.sums, self._alive.size), rows.is_limited)

    def _take(self, found: Numbers, is_limited: bool) -> None:
        self._sums = found if self._sums is None else sums.plus(self._sums, found)
        self._is_limited |= is_limited

    def total(self) -> IntegerColumn:
        """See ``Fold.finish``."""
        if self._sums is None:
            return IntegerColumn(np.zeros(self._alive.size, dtype=np.int64), None, self._scale)
        if self._is_limited:
            sums.refuse_beyond_limit(self._sums, self._alive)
        return IntegerColumn(self._sums, None, self._scale)

    def finish(self) -> Column:
        """See ``Fold``."""
        return self.total()


class Average:
    """The exact sum of each place over how many events it is of."""

    def __init__(self, scale: int, alive: Mask) -> None:
        self._total, self._count = Total(scale, alive), Count(alive.size)

    def add(self, matches: Matches) -> None:
        """See ``Fold``."""
        if matches.added is not None:
            self._total.add(matches)
            self._count.add(matches)

    def add_days(self, rows: DayRows) -> None:
        """See ``Daily``."""
        if rows.sums is not None:
            self._total.add_days(rows)
            self._count.add_days(rows)

    def finish(self) -> Column:
        """See ``Fold``."""
        total = self._total.total()
        return MissingColumn(total.values.size) if self._total.is_empty else _quotient(total, self._count.counts)


def _quotient(total: IntegerColumn, counts: Places) -> DoubleColumn:
    """The exact sum over the count, divided once, to the nearest double."""
    valid = counts > 0
    weights = counts * 10**total.scale
    result = np.full(counts.size, np.nan)
    with np.errstate(over="ignore"):
        is_exact = valid & (np.abs(total.values) < _EXACT).astype(np.bool_) & (weights < _EXACT)
    result[is_exact] = total.values[is_exact].astype(np.float64) / weights[is_exact]
    for place in np.flatnonzero(valid & ~is_exact).tolist():
        result[place] = int(total.values[place]) / int(weights[place])
    return DoubleColumn(result, valid)
