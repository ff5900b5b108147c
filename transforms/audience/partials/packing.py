"""Daily totals as bytes: gaps between rows, counts and sums, each in the fewest bytes that hold all of them."""

from __future__ import annotations

import struct

import numpy as np
import numpy.typing as npt

from plateia.records import PackedTotals
from plateia.tables import BLOCK_BITS
from transforms.audience.leaves.columns import Places
from transforms.audience.leaves.measures.daily import DayRows

_HEADER = struct.Struct("<iIBBB?")  # first day, rows, bytes of a gap, of a count (0: all are 1), of a sum (0: none)
_PLACE = (1 << BLOCK_BITS) - 1


def pack(rows: DayRows) -> PackedTotals:
    """The bytes of daily totals whose sums fit into 64 bits."""
    first_day = int(rows.days[0]) if rows.days.size else 0
    where = ((rows.days - first_day) << BLOCK_BITS) | rows.places
    gaps = _narrow(np.diff(where, prepend=0), "u")
    counts = None if (rows.counts == 1).all() else _narrow(rows.counts, "u")
    sums = None if rows.sums is None else _narrow(rows.sums.astype(np.int64), "i")
    widths = [0 if part is None else part.itemsize for part in (gaps, counts, sums)]
    header = _HEADER.pack(first_day, where.size, *widths, rows.is_limited)
    data = b"".join([header, *(part.tobytes() for part in (gaps, counts, sums) if part is not None)])
    return PackedTotals(where.size, data)


def unpack(data: bytes) -> DayRows:
    """Daily totals from their bytes."""
    first_day, size, gap, count, total, is_limited = _HEADER.unpack_from(data)
    where = np.cumsum(np.frombuffer(data, f"<u{gap}", size, _HEADER.size), dtype=np.int64)
    counts_at = _HEADER.size + gap * size
    counts = np.frombuffer(data, f"<u{count}", size, counts_at) if count else np.ones(size, dtype=np.uint8)
    sums = np.frombuffer(data, f"<i{total}", size, counts_at + count * size) if total else None
    return DayRows((where >> BLOCK_BITS) + first_day, where & _PLACE, counts, sums, is_limited)


def _narrow(values: Places, sign: str) -> npt.NDArray[np.integer]:
    low, high = (int(values.min()), int(values.max())) if values.size else (0, 0)
    for width in (1, 2, 4):
        limits = np.iinfo(f"<{sign}{width}")
        if limits.min <= low and high <= limits.max:
            return values.astype(f"<{sign}{width}")
    return values.astype(f"<{sign}8")
