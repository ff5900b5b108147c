"""The events that match a filter: whose, when, and what is measured of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from transforms.audience.leaves import sums
from transforms.audience.leaves.columns import DoubleColumn, IntegerColumn, Mask, Places, Rows, at_rows

Keys = IntegerColumn | DoubleColumn


@dataclass(frozen=True, slots=True)
class Events:
    """All events of a table, a row each: whose, when, and what is measured; in time order if ``is_sorted``.

    ``people`` may be of 32 bits; ``Matches`` makes 64 of those that are asked for.
    """

    people: Places
    at: Places
    is_sorted: bool
    added: sums.Addends | None = None
    keys: Keys | None = None

    def between(self, first: int, last: int) -> Events:
        """Those of the rows [first, last), without a copy."""
        rows = slice(first, last)
        added = None if self.added is None else self.added.at(rows)
        keys = None if self.keys is None else keys_at(self.keys, rows)
        return Events(self.people[rows], self.at[rows], self.is_sorted, added, keys)


@dataclass(frozen=True)
class Matches:
    """Some rows of a table of events, ascending; None: all. Their values are taken only where somebody asks."""

    events: Events
    rows: Places | None = None
    seats: Places | None = None  # in place of people's own places
    stretch: tuple[Matches, slice] | None = None  # the matches whose values these are a stretch of

    def only(self, start: int | None, end: int) -> Matches:
        """Those in [start, end) microseconds, on their own: what is taken of them is not taken of the others."""
        return replace(self.within(start, end), stretch=None)

    def within(self, start: int | None, end: int) -> Matches:
        """Those in [start, end) microseconds, as a stretch of these: windows that overlap take each value once."""
        if not self.events.is_sorted:
            inside = self.at < end if start is None else (self.at >= start) & (self.at < end)
            return Matches(self.events, np.flatnonzero(inside) if self.rows is None else self.rows[inside])
        first = 0 if start is None else int(np.searchsorted(self.events.at, start))
        last = int(np.searchsorted(self.events.at, end))
        if self.rows is None:
            return Matches(self.events.between(first, last))
        part = slice(*np.searchsorted(self.rows, [first, last]).tolist())
        return Matches(self.events, self.rows[part], stretch=(self, part))

    def seated(self, seats: Places) -> Matches:
        """The same events, of people with other places."""
        return replace(self, seats=seats)

    @cached_property
    def people(self) -> Places:
        """The place of each."""
        if self.seats is not None:
            return self.seats
        if self.stretch is not None:
            whole, part = self.stretch
            return whole.people[part]
        people = self.events.people if self.rows is None else at_rows(self.events.people, self.rows)
        return people.astype(np.int64, copy=False)

    @cached_property
    def at(self) -> Places:
        """The instant of each, microseconds."""
        return self.events.at if self.rows is None else at_rows(self.events.at, self.rows)

    @cached_property
    def added(self) -> sums.Addends | None:
        """What each adds to a sum; None where nothing is added."""
        added = self.events.added
        if added is not None and self.stretch is not None:
            whole, part = self.stretch
            return whole.added and whole.added.at(part)
        return added if added is None or self.rows is None else added.at(self.rows)

    @cached_property
    def keys(self) -> Keys | None:
        """What is compared of each; None where nothing is."""
        keys = self.events.keys
        if keys is not None and self.stretch is not None:
            whole, part = self.stretch
            return whole.keys and keys_at(whole.keys, part)
        return keys if keys is None or self.rows is None else keys_at(keys, self.rows)


def reached(matches: Matches, n_people: int) -> Mask:
    """Whose place has at least one event."""
    mask = np.zeros(n_people, dtype=np.bool_)
    mask[matches.people] = True
    return mask


def keys_at(keys: Keys, rows: Rows) -> Keys:
    """Those of some rows."""
    valid = None if keys.valid is None else keys.valid[rows]
    if isinstance(keys, DoubleColumn):
        return DoubleColumn(at_rows(keys.values, rows), valid)
    return IntegerColumn(at_rows(keys.values, rows), valid, keys.scale)
