"""Daily totals of matching events, and of several parts of time joined."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import numpy as np

from plateia.tables import BLOCK_BITS
from transforms.audience.leaves import sums
from transforms.audience.leaves.columns import Numbers, Places
from transforms.audience.leaves.errors import LeafError
from transforms.audience.leaves.measures.daily import DayRows
from transforms.audience.leaves.measures.days import local_days
from transforms.audience.leaves.measures.matches import Matches

_SPARSE = 8  # cells a row from which on sorting is quicker than a table of all cells
_PLACE = (1 << BLOCK_BITS) - 1


def day_rows(matches: Matches, zone: ZoneInfo) -> DayRows:
    """What matching events of a block come to, by local day and place.

    Raises:
        LeafError: A value is too large to add, or a sum needs more than 64 bits.
    """
    added = matches.added
    if added is not None and added.too_large is not None and added.too_large.any():
        raise LeafError("a value is too large for daily totals")
    where = (local_days(matches.at, zone) << BLOCK_BITS) | matches.people
    return _grouped(where, None if added is None else added.values, is_limited=bool(added and added.is_limited))


def joined(parts: Sequence[DayRows]) -> DayRows:
    """Totals of several stretches of time, ascending; a day that lies in two of them keeps the rows of both."""
    filled = [part for part in parts if part.days.size]
    if len(filled) < 2:
        none = np.zeros(0, dtype=np.int64)
        return filled[0] if filled else DayRows(none, none, none)
    known = [part.sums for part in filled if part.sums is not None]
    return DayRows(
        np.concatenate([part.days for part in filled]),
        np.concatenate([part.places for part in filled]),
        np.concatenate([part.counts for part in filled]),
        np.concatenate(known) if known else None,
        any(part.is_limited for part in filled),
    )


def _grouped(where: Places, values: Numbers | None, *, is_limited: bool) -> DayRows:
    """Rows with equal day and place added up; ``where`` holds both."""
    first = int(where.min()) if where.size else 0
    cells = int(where.max()) - first + 1 if where.size else 0
    if cells <= _SPARSE * where.size:
        group = where - first
        numbers = np.bincount(group, minlength=cells)
        present = np.flatnonzero(numbers)
        totals = None if values is None else sums.sums_of(group, values, cells)[present]
        return _rows(present + first, numbers[present], totals, is_limited=is_limited)
    distinct, inverse = np.unique(where, return_inverse=True)
    group = inverse.reshape(-1)
    numbers = np.bincount(group, minlength=distinct.size)
    totals = None if values is None else sums.sums_of(group, values, distinct.size)
    return _rows(distinct, numbers, totals, is_limited=is_limited)


def _rows(where: Places, counts: Places, totals: Numbers | None, *, is_limited: bool) -> DayRows:
    if totals is not None and totals.dtype == object:
        raise LeafError("a sum is too large for daily totals")
    whole = None if totals is None else totals.astype(np.int64)
    return DayRows(where >> BLOCK_BITS, where & _PLACE, counts, whole, is_limited)
