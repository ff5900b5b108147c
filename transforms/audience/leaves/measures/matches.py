"""The events that match a filter: whose, when, and what is measured of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from transforms.audience.leaves import sums
from transforms.audience.leaves.columns import DoubleColumn, IntegerColumn, Mask, Places, Rows

Keys = IntegerColumn | DoubleColumn


@dataclass(frozen=True, slots=True)
class Matches:
    """Events that match a filter: whose, when, and what is measured of them; in time order if ``is_sorted``."""

    people: Places
    at: Places
    is_sorted: bool
    added: sums.Addends | None = None
    keys: Keys | None = None

    def within(self, start: int | None, end: int) -> Matches:
        """Those in [start, end) microseconds."""
        rows: Rows
        if self.is_sorted:
            first = 0 if start is None else int(np.searchsorted(self.at, start))
            rows = slice(first, int(np.searchsorted(self.at, end)))
        else:
            rows = self.at < end if start is None else (self.at >= start) & (self.at < end)
        return self.at_rows(rows)

    def at_rows(self, rows: Rows) -> Matches:
        """Those of some rows, in their order."""
        added = None if self.added is None else self.added.at(rows)
        keys = None if self.keys is None else _at_rows(self.keys, rows)
        return Matches(self.people[rows], self.at[rows], self.is_sorted, added, keys)


def reached(matches: Matches, n_people: int) -> Mask:
    """Whose place has at least one event."""
    mask = np.zeros(n_people, dtype=np.bool_)
    mask[matches.people] = True
    return mask


def _at_rows(keys: Keys, rows: Rows) -> Keys:
    valid = None if keys.valid is None else keys.valid[rows]
    if isinstance(keys, DoubleColumn):
        return DoubleColumn(keys.values[rows], valid)
    return IntegerColumn(keys.values[rows], valid, keys.scale)
