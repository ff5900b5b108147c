"""Event leaves of a block: each type decoded once, each filter run once, windows as slices of time-sorted events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from transforms.audience.leaves import predicates, sums
from transforms.audience.leaves.columns import Column, Mask, Numbers, Places, Rows, TextColumn, decode
from transforms.audience.leaves.conditions import Texts
from transforms.audience.leaves.errors import LeafError
from transforms.audience.leaves.traits import Population, integers
from transforms.audience.plan import EventLeaf, Where, WhereGroup, WhereTest

_FILTERS_TO_SORT = 3  # from so many filters on one text on, its rows are grouped by value once
_MOST_VALUES = 1 << 16  # 16-bit codes sort in linear time


@dataclass(frozen=True, slots=True)
class Matches:
    """Events that match a filter: whose, when, and what a sum adds; in time order if ``is_sorted``."""

    people: Places
    at: Places
    is_sorted: bool
    added: sums.Addends | None = None

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
        return Matches(self.people[rows], self.at[rows], self.is_sorted, added)


def wheres(leaves: Iterable[EventLeaf]) -> list[WhereTest]:
    """The property tests of all filters of the leaves, each as often as a distinct filter holds it."""
    tests: list[WhereTest] = []
    waiting: list[Where] = list(dict.fromkeys(leaf.where for leaf in leaves if leaf.where is not None))
    while waiting:
        where = waiting.pop()
        if isinstance(where, WhereTest):
            tests.append(where)
        else:
            waiting.extend(where.items)
    return tests


def properties(leaves: Sequence[EventLeaf]) -> list[str]:
    """The properties that leaves of one event type read."""
    return sorted({test.property for test in wheres(leaves)} | {leaf.of for leaf in leaves if leaf.of is not None})


def span(leaves: Sequence[EventLeaf]) -> tuple[int | None, int]:
    """The earliest start (None: there is none) and the latest end of the leaves' windows."""
    starts = [leaf.start for leaf in leaves if leaf.start is not None]
    return min(starts) if len(starts) == len(leaves) else None, max(leaf.end for leaf in leaves)


class EventTable:
    """The events of one type and block, for the leaves that ask about them."""

    def __init__(self, table: pa.Table, population: Population, leaves: Sequence[EventLeaf]) -> None:
        self._table = table
        self._places = integers(table, "ordinal") - population.base
        self._at = integers(table, "at")
        inside = (self._places >= 0) & (self._places < population.n)
        self._inside: Mask | None = None if inside.all() else inside
        self._is_sorted = bool((self._at[1:] >= self._at[:-1]).all())
        self._columns: dict[str, Column] = {}
        self._addends: dict[str, sums.Addends] = {}
        self._groups: dict[str, tuple[Places, Places]] = {}
        self._asked = Counter(test.property for test in wheres(leaves))

    def matches(self, leaf: EventLeaf) -> Matches:
        """The events of the block's people that match a leaf's filter at any time; for a sum, those with a value.

        Raises:
            LeafError: The table lacks a property, or has it of another type.
        """
        mask, where = self._inside, leaf.where
        added: sums.Addends | None = None
        if leaf.of is not None and self._table.num_rows:
            added = self._added(leaf.of)
            if added.scale != leaf.threshold.scale:
                raise LeafError(f"the events hold `{leaf.of}` in another type than the rule was written for")
            if added.valid is not None:
                mask = added.valid if mask is None else mask & added.valid
        everything = Matches(self._places, self._at, self._is_sorted, added)
        if where is None or not self._table.num_rows:
            return everything if mask is None else everything.at_rows(np.flatnonzero(mask))
        rows = self._rows(where)
        return everything.at_rows(rows if mask is None else rows[mask[rows]])

    def _added(self, name: str) -> sums.Addends:
        if name not in self._addends:
            self._addends[name] = sums.addends(self._column(name))
        return self._addends[name]

    def _column(self, name: str) -> Column:
        if name not in self._columns:
            if name not in self._table.column_names:
                raise LeafError(f"the events have no property `{name}` yet: run refresh-warehouse")
            self._columns[name] = decode(self._table.column(name))
        return self._columns[name]

    def _rows(self, where: Where) -> Places:
        """The rows that match, ascending."""
        tests = list(where.items) if isinstance(where, WhereGroup) and where.op == "all" else [where]
        for i, test in enumerate(tests):
            rows = self._grouped_rows(test)
            if rows is not None:
                for other in tests[:i] + tests[i + 1 :]:
                    rows = rows[self._mask(other)[rows]]
                return rows
        return np.flatnonzero(self._mask(where))

    def _grouped_rows(self, test: Where) -> Places | None:
        """The rows of a test that at most one text passes, from rows grouped by text once; None for any other test."""
        is_text = isinstance(test, WhereTest) and isinstance(test.predicate, Texts)
        if not isinstance(test, WhereTest) or not is_text or self._asked[test.property] < _FILTERS_TO_SORT:
            return None
        column = self._column(test.property)
        if not isinstance(column, TextColumn) or len(column.distinct) >= _MOST_VALUES:
            return None
        passed = predicates.passed_codes(column, test.predicate)
        if len(passed) > 1:
            return None
        if test.property not in self._groups:
            by_value = np.argsort(column.codes, kind="stable")
            ends = np.cumsum(np.bincount(column.codes, minlength=len(column.distinct)))
            self._groups[test.property] = by_value, ends
        by_value, ends = self._groups[test.property]
        code = passed[0] if passed else 0
        return by_value[ends[code - 1] if code else 0 : ends[code]] if passed else by_value[:0]

    def _mask(self, where: Where) -> Mask:
        if isinstance(where, WhereTest):
            return predicates.meets(self._column(where.property), where.predicate)
        combine = np.logical_and if where.op == "all" else np.logical_or
        mask = np.full(self._table.num_rows, where.op == "all")
        for item in where.items:
            combine(mask, self._mask(item), out=mask)
        return ~mask if where.op == "none" else mask


def reached(matches: Matches, n_people: int) -> Mask:
    """Whose place has at least one event."""
    mask = np.zeros(n_people, dtype=np.bool_)
    mask[matches.people] = True
    return mask


def measure(matches: Matches, alive: Mask) -> Numbers:
    """The count, or the exact sum, of each place's events.

    Raises:
        SumOverflowError: A living person's sum of doubles lies beyond 9.2 · 10^12.
    """
    if matches.added is None:
        return np.bincount(matches.people, minlength=alive.size)
    return sums.totals(matches.people, matches.added, alive)
