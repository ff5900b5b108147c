"""Daily totals: what the events of a filter come to, by local day and place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from transforms.audience.leaves.columns import Numbers, Places, Rows
from transforms.audience.leaves.sums import quick


@dataclass(frozen=True, slots=True)
class DayRows:
    """One row a local day (days since 1970) and place with events, by day; a day that lies in two periods has two.

    ``counts`` and ``sums`` are of the events with a value, where a property is added; ``sums`` None: none is, or
    there was no event to tell its type. ``is_limited``: they are of doubles, in millionths.
    """

    days: Places
    places: Places
    counts: Places
    sums: Numbers | None = None
    is_limited: bool = False

    def at_rows(self, rows: Rows) -> DayRows:
        """Those of some rows, in their order."""
        added = None if self.sums is None else self.sums[rows]
        return DayRows(self.days[rows], self.places[rows], self.counts[rows], added, self.is_limited)

    def quick(self) -> DayRows:
        """The same, its sums in the form that adds fastest."""
        added = None if self.sums is None else quick(self.sums, None)
        return DayRows(self.days, self.places, self.counts, added, self.is_limited)

    def between(self, first: int | None, end: int) -> DayRows:
        """Those of the days [first, end)."""
        begin = 0 if first is None else int(np.searchsorted(self.days, first))
        return self.at_rows(slice(begin, int(np.searchsorted(self.days, end))))
