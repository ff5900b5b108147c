"""Rows of a relation, and who reaches them: one hop as a semi-join of the keys that people stand at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.audience.atoms import Measured, Where, WhereTest
from transforms.audience.leaves import predicates, sums
from transforms.audience.leaves.columns import Column, Mask, Places, TextColumn, decode, keys_of
from transforms.audience.leaves.errors import LeafError
from transforms.audience.leaves.measures import Keys


class TooManyError(Exception):
    """Raised when people reach more rows together than may be held at once."""


class RelationRows:
    """Rows of one relation, each column decoded once."""

    def __init__(self, table: pa.Table, relation: str) -> None:
        self._table, self._relation = table, relation
        self._columns: dict[str, Column] = {}

    @property
    def n(self) -> int:
        return int(self._table.num_rows)

    def mask(self, where: Where | None) -> Mask:
        """Which rows match a filter.

        Raises:
            LeafError: The table lacks a property, or has it of another type.
        """
        if where is None:
            return np.ones(self.n, dtype=np.bool_)
        if isinstance(where, WhereTest):
            return predicates.meets(self._column(where.property), where.predicate)
        combine = np.logical_and if where.op == "all" else np.logical_or
        mask = np.full(self.n, where.op == "all")
        for item in where.items:
            combine(mask, self.mask(item), out=mask)
        return ~mask if where.op == "none" else mask

    def addends(self, measured: Measured) -> sums.Addends:
        """What a sum or an average adds.

        Raises:
            LeafError: The table lacks the property, or has it in another type.
        """
        added = sums.addends(self._column(measured.of or ""))
        if added.scale != measured.scale:
            raise LeafError(f"the rows hold `{measured.of}` in another type than the rule was written for")
        return added

    def keys(self, measured: Measured) -> Keys:
        """What an extreme or a count of distinct values compares.

        Raises:
            LeafError: The table lacks the property.
        """
        return keys_of(self._column(measured.of or ""))

    def targets(self) -> TextColumn:
        """Where each row leads to."""
        column = self._column("to_key")
        if not isinstance(column, TextColumn):
            raise LeafError("the keys of the relation are no texts")
        return column

    def _column(self, name: str) -> Column:
        if name not in self._columns:
            if name not in self._table.column_names:
                raise LeafError(f"the relation `{self._relation}` has no property `{name}` yet: run refresh-warehouse")
            self._columns[name] = decode(self._table.column(name))
        return self._columns[name]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where people stand: distinct pairs of a place and a code of ``keys``."""

    places: Places
    codes: Places
    keys: pa.Array


@dataclass(frozen=True, slots=True)
class Arrival:
    """Rows that people reach: those whose place stands at the row's code; every pair of them is distinct.

    Attributes:
        places, codes: Who stands where.
        row_codes: The code that each row starts at.
    """

    rows: RelationRows
    places: Places
    codes: Places
    row_codes: Places

    @classmethod
    def first(cls, table: pa.Table, relation: str, places: Places) -> Arrival:
        """The rows of people themselves: ``places`` of the rows."""
        own = np.arange(places.size)
        return cls(RelationRows(table, relation), places, own, own)

    @classmethod
    def further(cls, table: pa.Table, relation: str, standing: Standing) -> Arrival:
        """Rows with ``from_key`` among the keys that people stand at; others are left out."""
        starts = decode(table.column("from_key"))
        if not isinstance(starts, TextColumn):
            raise LeafError("the keys of the relation are no texts")
        # Each distinct text is looked up once; the last code is a missing one.
        found = pc.fill_null(pc.index_in(starts.distinct, value_set=standing.keys), -1).to_numpy()
        row_codes = np.append(found.astype(np.int64), -1)[starts.codes]
        inside = row_codes >= 0
        if not inside.all():
            table, row_codes = table.filter(pa.array(inside)), row_codes[inside]
        return cls(RelationRows(table, relation), standing.places, standing.codes, row_codes)

    def reached(self, mask: Mask, n_people: int) -> Mask:
        """Whose place reaches any row of a mask."""
        is_open: Mask = np.zeros(self._n_codes, dtype=np.bool_)
        is_open[self.row_codes[mask]] = True
        found: Mask = np.zeros(n_people, dtype=np.bool_)
        found[self.places[is_open[self.codes]]] = True
        return found

    def pairs(self, mask: Mask, *, most: int) -> tuple[Places, Places]:
        """Places and the rows of a mask that they reach.

        Raises:
            TooManyError: More than ``most``.
        """
        at_code = np.bincount(self.codes, minlength=self._n_codes)
        rows = np.flatnonzero(mask)
        fan_out = at_code[self.row_codes[rows]]
        total = int(fan_out.sum())
        if total > most:
            raise TooManyError
        by_code = self.places[np.argsort(self.codes, kind="stable")]
        starts = np.cumsum(at_code) - at_code
        within = np.arange(total) - np.repeat(np.cumsum(fan_out) - fan_out, fan_out)
        return by_code[np.repeat(starts[self.row_codes[rows]], fan_out) + within], np.repeat(rows, fan_out)

    def onwards(self, mask: Mask, *, most: int) -> Standing:
        """Where the rows of a mask lead the people to.

        Raises:
            TooManyError: They reach more than ``most`` rows.
        """
        places, rows = self.pairs(mask, most=most)
        targets = self.rows.targets()
        codes = targets.codes[rows].astype(np.int64)
        n_codes = len(targets.distinct) + 1  # the last one is a missing key, which leads nowhere
        pairs = _distinct(places * n_codes + codes)
        codes = pairs % n_codes
        leads = codes < n_codes - 1
        is_used = np.zeros(n_codes, dtype=np.bool_)
        is_used[codes[leads]] = True
        number = np.cumsum(is_used) - 1
        used = targets.distinct.take(pa.array(np.flatnonzero(is_used)))
        return Standing(pairs[leads] // n_codes, number[codes[leads]], used)

    @property
    def _n_codes(self) -> int:
        return 1 + max(int(self.codes.max(initial=-1)), int(self.row_codes.max(initial=-1)))


def _distinct(values: Places) -> Places:
    """Each value once, ascending; for many integers a sort is several times as fast as numpy's own way."""
    values.sort()
    return values[np.append(True, values[1:] != values[:-1])] if values.size else values
