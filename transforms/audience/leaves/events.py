"""Event leaves of a block: each type decoded once, each filter run once, windows as slices of time-sorted events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.audience.atoms import (
    EventLeaf,
    Measured,
    Where,
    WhereGroup,
    WhereTest,
)
from transforms.audience.leaves import predicates, sums
from transforms.audience.leaves.codebook import Codebook
from transforms.audience.leaves.columns import Column, IntegerColumn, Mask, Places, TextColumn, decode, keys_of
from transforms.audience.leaves.conditions import Texts
from transforms.audience.leaves.errors import LeafError
from transforms.audience.leaves.measures import Events, Keys, Matches
from transforms.audience.leaves.traits import Population, integers

_FILTERS_TO_SORT = 8  # from so many filters on one text on, its rows are grouped by value once
_MOST_VALUES = 1 << 16  # 16-bit codes sort in linear time


def property_tests(wheres: Iterable[Where | None]) -> list[WhereTest]:
    """The property tests of all filters, each as often as a distinct filter holds it."""
    tests: list[WhereTest] = []
    waiting: list[Where] = [where for where in dict.fromkeys(wheres) if where is not None]
    while waiting:
        where = waiting.pop()
        if isinstance(where, WhereTest):
            tests.append(where)
        else:
            waiting.extend(where.items)
    return tests


def properties(leaves: Sequence[EventLeaf]) -> list[str]:
    """The properties that leaves of one event type read."""
    return sorted(
        {test.property for test in property_tests(leaf.where for leaf in leaves)}
        | {leaf.measured.of for leaf in leaves if leaf.measured.of is not None}
    )


def span(leaves: Sequence[EventLeaf]) -> tuple[int | None, int]:
    """The earliest start (None: there is none) and the latest end of the leaves' windows."""
    starts = [leaf.start for leaf in leaves if leaf.start is not None]
    return min(starts) if len(starts) == len(leaves) else None, max(leaf.end for leaf in leaves)


class EventTable:
    """The events of one type and block, for the filters that will be asked for; ``codebook``: a slice of them."""

    def __init__(
        self,
        table: pa.Table,
        population: Population,
        event: str,
        wheres: Iterable[Where | None],
        codebook: Codebook | None = None,
    ) -> None:
        self._table, self.event = table, event
        self._places = _places(table, population)
        self._at = integers(table, "at")
        self._inside = _inside(self._places, population.n)
        self._is_sorted = bool((self._at[1:] >= self._at[:-1]).all())
        self._columns: dict[str, Column] = {}
        self._addends: dict[str, sums.Addends] = {}
        self._keys: dict[str, Keys] = {}
        self._groups: dict[str, tuple[Places, Places]] = {}
        self._found: tuple[Where, Places] | None = None  # of the last filter: often the next one is the same
        self._codebook = codebook
        self._asked = Counter(test.property for test in property_tests(wheres))

    def matches(self, leaf: EventLeaf, *, is_summed: bool = False) -> Matches:
        """The events of the block's people that match a leaf's filter at any time; of a property, those with a value.

        ``is_summed``: only sums are taken of them; events without a value, which add nothing, may be among them.

        Raises:
            LeafError: The table lacks a property, or has it of another type.
        """
        mask, where, measured = self._inside, leaf.where, leaf.measured
        added, keys, valid = self._measured(measured) if measured.of and self._table.num_rows else (None, None, None)
        if valid is not None:
            if not is_summed:
                mask = valid if mask is None else mask & valid
            added = added and added.of_present()
        everything = Events(self._places, self._at, self._is_sorted, added, keys)
        if mask is None and (where is None or not self._table.num_rows):
            return Matches(everything)
        return Matches(everything, self._matching(where, mask))

    def rows(self, where: Where | None) -> Places:
        """The rows of the block's people that match a filter, ascending.

        Raises:
            LeafError: The table lacks a property, or has it of another type.
        """
        return self._matching(where, self._inside)

    def of_rows(self, rows: Places) -> tuple[Places, Places]:
        """Places and instants, in microseconds, of some rows."""
        return self._places[rows].astype(np.int64), self._at[rows]

    def texts(self, name: str, rows: Places) -> pa.Array:
        """A column of texts at some rows."""
        return self._table.column(name).take(pa.array(rows)).cast(pa.string()).combine_chunks()

    def values(self, name: str, rows: Places) -> list[object]:
        """The values of a property at some rows as Python objects; None where missing, NaN too."""
        self._column(name)
        values: list[object] = self._table.column(name).take(pa.array(rows)).to_pylist()
        return [None if value != value else value for value in values]

    def _matching(self, where: Where | None, mask: Mask | None) -> Places:
        if where is None or not self._table.num_rows:
            return np.arange(self._places.size) if mask is None else np.flatnonzero(mask)
        if self._found is None or self._found[0] != where:
            self._found = where, self._rows(where)
        rows = self._found[1]
        return rows if mask is None else rows[mask[rows]]

    def type_of(self, measured: Measured) -> pa.DataType | None:
        """The Arrow type of a measure's value where it is one of the events' own; None for counts, sums, averages."""
        if measured.kind in ("first", "last"):
            return self._table.schema.field("at").type
        is_extreme = measured.kind in ("min", "max") and measured.of in self._table.column_names
        return self._table.schema.field(measured.of).type if is_extreme else None

    def _measured(self, measured: Measured) -> tuple[sums.Addends | None, Keys | None, Mask | None]:
        """What is added, or what is compared, of a property; and where it is not missing."""
        name = measured.of or ""
        if measured.kind in ("sum", "avg"):
            if name not in self._addends:
                self._addends[name] = sums.addends(self._column(name))
            added = self._addends[name]
            if added.scale != measured.scale:
                raise LeafError(f"the events hold `{name}` in another type than the rule was written for")
            return added, None, added.valid
        if name not in self._keys:
            column = self._column(name)
            self._keys[name] = self._codebook.keys(name, column) if self._codebook else keys_of(column)
        return None, self._keys[name], self._keys[name].valid

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
            self._groups[test.property] = _grouped(column)
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


def _grouped(column: TextColumn) -> tuple[Places, Places]:
    """The rows of each distinct text, ascending, one text after another, and where each ends."""
    # Arrow counts codes where numpy sorts them, in less than half the time; both are stable.
    by_value = pc.array_sort_indices(pa.array(column.codes)).to_numpy().view(np.int64)
    codes = np.arange(len(column.distinct), dtype=column.codes.dtype)
    return by_value, np.searchsorted(column.codes, codes, side="right", sorter=by_value)


def _places(table: pa.Table, population: Population) -> Places:
    """The place of each event's person; 32 bits where the ordinals have them, so that they are gathered faster."""
    column = decode(table.column("ordinal")) if table.num_rows else None
    if isinstance(column, IntegerColumn) and column.valid is None and column.values.dtype == np.int32:
        return column.values - np.int32(population.base)
    return integers(table, "ordinal") - population.base


def _inside(places: Places, n_people: int) -> Mask | None:
    """Which events are of people that the block has; None where all are."""
    if not places.size or 0 <= places.min() <= places.max() < n_people:
        return None
    return np.asarray((places >= 0) & (places < n_people), dtype=np.bool_)
