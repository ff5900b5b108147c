"""Folds that count: who was reached, how many events, how many local days."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np

from transforms.audience.leaves.columns import Column, IntegerColumn, Mask, Places
from transforms.audience.leaves.measures.daily import DayRows
from transforms.audience.leaves.measures.days import local_days
from transforms.audience.leaves.measures.distinct import distinct_codes
from transforms.audience.leaves.measures.matches import Matches


class Reached:
    """Whose place has at least one event."""

    def __init__(self, n_people: int) -> None:
        self.mask: Mask = np.zeros(n_people, dtype=np.bool_)

    def add(self, matches: Matches) -> None:
        """See ``Fold``."""
        self.mask[matches.people] = True

    def add_days(self, rows: DayRows) -> None:
        """See ``Daily``."""
        self.mask[rows.places] = True


class Count:
    """How many events each place has."""

    def __init__(self, n_people: int) -> None:
        self._n = n_people
        self._counts: Places | None = None

    @property
    def counts(self) -> Places:
        """One number a place."""
        return np.zeros(self._n, dtype=np.int64) if self._counts is None else self._counts

    def add(self, matches: Matches) -> None:
        """See ``Fold``."""
        self.take(np.bincount(matches.people, minlength=self._n))

    def add_days(self, rows: DayRows) -> None:
        """See ``Daily``."""
        self.take(np.bincount(rows.places, weights=rows.counts, minlength=self._n).astype(np.int64))

    def take(self, counts: Places) -> None:
        """Add numbers, one a place."""
        # The first slice, often the only one, costs no addition.
        self._counts = counts if self._counts is None else self._counts + counts

    def finish(self) -> Column:
        """See ``Fold``."""
        return IntegerColumn(self.counts, None)


class Days:
    """On how many local days each place has events."""

    def __init__(self, n_people: int, zone: ZoneInfo) -> None:
        self._n, self._zone, self._days = n_people, zone, Count(n_people)
        self._last: int | None = None  # the last day of the totals so far, and who had events on it
        self._seen: Mask = np.zeros(0, dtype=np.bool_)

    def add(self, matches: Matches) -> None:
        """See ``Fold``."""
        self._days.take(distinct_codes(matches.people, local_days(matches.at, self._zone), self._n))

    def add_days(self, rows: DayRows) -> None:
        """See ``Daily``."""
        if not rows.places.size:
            return
        # A local day lies in two periods where they do not end with it, in one call or in two.
        cells = np.unique(rows.days * self._n + rows.places)
        days, places = np.divmod(cells, self._n)
        if self._last == days[0]:
            places = places[(days != self._last) | ~self._seen[places]]
        self._days.take(np.bincount(places, minlength=self._n))
        if self._last != days[-1]:
            self._last, self._seen = int(days[-1]), np.zeros(self._n, dtype=np.bool_)
        self._seen[(cells % self._n)[days == self._last]] = True

    def finish(self) -> Column:
        """See ``Fold``."""
        return self._days.finish()
