"""Trait leaves of a block: columns decoded once, every row put in its person's place."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from plateia.tables import BLOCK_BITS, BLOCK_SIZE
from transforms.audience.leaves import predicates
from transforms.audience.leaves.columns import Column, IntegerColumn, Mask, Places, decode
from transforms.audience.leaves.conditions import Predicate
from transforms.audience.leaves.errors import LeafError
from transforms.audience.leaves.narrow import narrowed
from transforms.tickets import Tickets, hash_people

_MASKS_TO_NARROW = 3  # from so many comparisons on, a narrower copy is worth its making


@dataclass(frozen=True, slots=True)
class Population:
    """The places of a block: place ``i`` is ordinal ``base + i``; who has no row is not alive."""

    base: int
    alive: Mask

    @property
    def n(self) -> int:
        return self.alive.size


class PeopleTable:
    """The people of one block, rows in any order."""

    def __init__(self, table: pa.Table, block: int) -> None:
        """Find the place of each row.

        Raises:
            ValueError: A row is of another block.
        """
        self._table = table
        self._columns: dict[str, Column] = {}
        base = block << BLOCK_BITS
        places = integers(table, "ordinal") - base
        if places.size and not 0 <= places.min() <= places.max() < BLOCK_SIZE:
            raise ValueError(f"the people of block {block} hold ordinals of another block")
        size = int(places.max()) + 1 if places.size else 0
        in_order = places.size == size and bool((places == np.arange(size)).all())
        self._places = None if in_order else places
        self.population = Population(base, np.empty(size, dtype=np.bool_))
        self.population.alive[:] = self._placed(integers(table, "alive") != 0)

    def mask(self, trait: str, predicate: Predicate) -> Mask:
        """Whose trait meets a predicate, one truth a place.

        Raises:
            LeafError: The table has no such trait, or of another type.
        """
        return self._placed(predicates.meets(self.column(trait), predicate))

    @property
    def n_rows(self) -> int:
        """The people who have a row, retired ones among them."""
        return int(self._table.num_rows)

    def rows_of(self, mask: Mask) -> Places:
        """The rows of the people whose place is in a mask."""
        return np.flatnonzero(mask if self._places is None else mask[self._places])

    def mask_of(self, rows: Places) -> Mask:
        """One truth a place from rows."""
        mask = np.zeros(self.population.n, dtype=np.bool_)
        mask[rows if self._places is None else self._places[rows]] = True
        return mask

    def places_of(self, rows: Places) -> Places:
        """The places of rows."""
        return rows if self._places is None else self._places[rows]

    @cached_property
    def tickets(self) -> Tickets:
        """A hash of each row's person id; of a retired person, who has none, it means nothing."""
        return hash_people(person or "" for person in self._table.column("person_id").to_pylist())

    @cached_property
    def ids(self) -> npt.NDArray[np.bytes_]:
        """Each row's person id in UTF-8, as bytes that sort so."""
        texts = self._table.column("person_id").to_pylist()
        return np.array([(text or "").encode() for text in texts], dtype=np.bytes_)

    def labels(self, trait: str) -> tuple[Places, list[object]]:
        """A number a row that is equal where the values of a trait are, and the value of each number; None is missing.

        Raises:
            LeafError: The table has no such trait.
        """
        self.column(trait)
        values = self._table.column(trait).to_pylist()
        found: dict[object, int] = {}
        plain = (None if value != value else value for value in values)  # NaN is missing
        codes = np.fromiter((found.setdefault(value, len(found)) for value in plain), np.int64, len(values))
        return codes, list(found)

    def listed(self, ids: pa.Array) -> Mask:
        """Whose id is among ``ids``, one truth a place."""
        found = pc.is_in(self._table.column("person_id"), value_set=ids)
        return self._placed(found.to_numpy().astype(np.bool_))

    def has(self, place: int) -> bool:
        """Whether there is a row for a place."""
        return self._row(place) is not None

    def value(self, trait: str, place: int) -> object:
        """The trait of one person as a Python value; None where it is missing, NaN too.

        Raises:
            LeafError: The table has no such trait.
        """
        self.column(trait)
        row = self._row(place)
        value = None if row is None else self._table.column(trait)[row].as_py()
        return None if isinstance(value, float) and math.isnan(value) else value

    def _row(self, place: int) -> int | None:
        if self._places is None:
            return place if place < self.population.n else None
        rows = np.flatnonzero(self._places == place)
        return int(rows[0]) if rows.size else None

    def column(self, trait: str) -> Column:
        """A trait, decoded once; in the order of the rows."""
        if trait not in self._columns:
            if trait not in self._table.column_names:
                raise LeafError(f"the people of this site have no trait `{trait}` yet: run refresh-warehouse")
            self._columns[trait] = decode(self._table.column(trait))
        return self._columns[trait]

    def prepare(self, trait: str, *, n_masks: int) -> None:
        """Decode a trait for so many masks.

        Raises:
            LeafError: The table has no such trait.
        """
        column = self.column(trait)
        if n_masks >= _MASKS_TO_NARROW:
            self._columns[trait] = narrowed(column)

    def forget(self, trait: str) -> None:
        """Free a decoded trait."""
        self._columns.pop(trait, None)

    def _placed(self, rows: Mask) -> Mask:
        if self._places is None:
            return rows
        mask = np.zeros(self.population.n, dtype=np.bool_)
        mask[self._places] = rows
        return mask


def integers(table: pa.Table, name: str) -> npt.NDArray[np.int64]:
    """A column of integers, instants or booleans that has no missing values, as 64-bit integers."""
    column = decode(table.column(name)) if table.num_rows else None
    if column is None:
        return np.empty(0, dtype=np.int64)
    if not isinstance(column, IntegerColumn) or column.valid is not None:
        raise ValueError(f"the column {name} holds missing or other values than integers")
    return column.values.astype(np.int64, copy=False)
