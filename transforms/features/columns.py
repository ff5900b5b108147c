"""Arrow columns of a block, decoded once, as the numbers that the measures take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from plateia.tables import BLOCK_SIZE
from transforms.features.matching import matches
from transforms.features.measures import Events, Groups, Ints, counted, distinct, latest, summed
from transforms.features.plan import Feature

Names = list[str | None]


@dataclass(frozen=True)
class EventColumns:
    """The events of one type that alive people of a block did before as_of; ``people`` is the row of each one's."""

    table: pa.Table
    people: Ints
    at_us: Ints
    midnights_us: Ints

    @classmethod
    def of(
        cls, table: pa.Table, row_of: Ints, *, start_us: int | None, end_us: int, midnights_us: Ints
    ) -> EventColumns:
        """Keep the events of people who are alive, within the bounds whatever the files' pruning let through."""
        people = row_of[table["ordinal"].to_numpy() % BLOCK_SIZE]
        at_us = table["at"].cast(pa.int64()).to_numpy()
        kept = (people >= 0) & (at_us < end_us)
        if start_us is not None:
            kept &= at_us >= start_us
        return cls(table.filter(pa.array(kept)).combine_chunks(), people[kept], at_us[kept], midnights_us)

    @classmethod
    def none(cls, properties: Sequence[str]) -> EventColumns:
        """No events at all."""
        empty = np.empty(0, np.int64)
        return cls(pa.table({name: pa.array([], pa.string()) for name in properties}), empty, empty, empty)

    def measure(self, part: Feature, *, as_of_us: int) -> tuple[Groups, Names]:
        """A feature's groups and the names of their values (one None without ``per``)."""
        kept = self.at_us < part.end_us
        if part.start_us is not None:
            kept &= self.at_us >= part.start_us
        if part.where is not None:
            kept &= matches(part.where, self.table)
        values, names = self._values(part)
        kept &= values >= 0
        items, present = self._items(part)
        if present is not None:
            kept &= present
        events = Events(self.people[kept], values[kept], None if items is None else items[kept])
        if part.kind == "count":
            return counted(events), names
        if part.kind == "sum":
            return summed(events), names
        if part.kind == "recency":
            return latest(events, as_of_us=as_of_us, unit_us=part.unit_us), names
        return distinct(events), names

    def _values(self, part: Feature) -> tuple[Ints, Names]:
        if part.per is None:
            return np.zeros(len(self.people), np.int64), [None]
        codes, names = _codes(self.table[part.per])
        if part.values:
            wanted = np.array([name in part.values for name in names] or [False])
            codes = np.where(wanted[codes], codes, -1) if names else codes
        return codes, names

    def _items(self, part: Feature) -> tuple[npt.NDArray[np.int64 | np.float64] | None, npt.NDArray[np.bool_] | None]:
        if part.kind == "days":
            return np.searchsorted(self.midnights_us, self.at_us, side="right").astype(np.int64), None
        if part.kind == "recency":
            return self.at_us, None
        if part.of is None:
            return None, None
        if part.kind == "distinct":
            codes, _ = _codes(self.table[part.of])
            return codes, codes >= 0
        return _numbers(self.table[part.of])


def trait_groups(part: Feature, column: pa.ChunkedArray) -> tuple[Groups, Names]:
    """A trait's groups: 1 for the value a person has (``one_hot``), or the number itself; the missing have none."""
    if part.kind == "one_hot":
        codes, names = _codes(column)
        rows = np.flatnonzero(codes >= 0)
        return Groups(rows, codes[rows], np.ones(len(rows))), names
    numbers, present = _numbers(column)
    rows = np.flatnonzero(present)
    return Groups(rows, np.zeros_like(rows), numbers[rows].astype(np.float64)), [None]


def _codes(column: pa.ChunkedArray) -> tuple[Ints, Names]:
    """Dictionary codes in order of the values' text, -1 for the missing, and the texts."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_floating(array.type):
        array = pc.if_else(pc.is_nan(array), None, array)
    encoded = array.cast(pa.string()).dictionary_encode()
    names = encoded.dictionary.to_pylist()
    order = sorted(range(len(names)), key=names.__getitem__)
    place = np.empty(len(names) + 1, np.int64)
    place[order], place[-1] = np.arange(len(names)), -1
    codes = encoded.indices.fill_null(len(names)).to_numpy(zero_copy_only=False)
    return place[codes], [names[code] for code in order]


def _numbers(column: pa.ChunkedArray) -> tuple[npt.NDArray[np.int64 | np.float64], npt.NDArray[np.bool_]]:
    """Amounts with 0 where missing (null or NaN), and where they are present. Whole numbers stay whole."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    present = array.is_valid().to_numpy(zero_copy_only=False)
    if pa.types.is_integer(array.type) or pa.types.is_boolean(array.type):
        whole: npt.NDArray[np.int64] = array.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
        return whole, present
    numbers = array.cast(pa.float64()).fill_null(0.0).to_numpy(zero_copy_only=False)
    present = present & ~np.isnan(numbers)
    return np.where(present, numbers, 0.0), present
