"""Values as bytes that sort as people rank: present before missing, then by value; equal widths within a ranking."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from transforms.audience.leaves.columns import Column, DoubleColumn, IntegerColumn, Mask, MissingColumn, Numbers
from transforms.audience.leaves.errors import LeafError
from transforms.ranking import ordered

Bytes = npt.NDArray[np.uint8]  # one row a value

PRESENT, MISSING = 1, 2
_NARROW, _WIDE = 8, 24
_SIGN = np.uint64(1 << 63)


def sortable(column: Column, *, is_wide: bool, descending: bool) -> Bytes:
    """One row of bytes a value, of 1 + 8 bytes, or 1 + 24 where values may need more than 64 bits.

    Raises:
        LeafError: The column holds texts or arrays, which do not rank.
    """
    width = _WIDE if is_wide else _NARROW
    match column:
        case MissingColumn(size):
            return flagged(np.zeros((size, width), dtype=np.uint8), np.zeros(size, dtype=np.bool_), descending=False)
        case DoubleColumn(values, valid):
            padded = np.zeros((values.size, width), dtype=np.uint8)
            padded[:, :_NARROW] = big_endian(ordered(values))
            return flagged(padded, valid, descending=descending)
        case IntegerColumn(values, valid):
            return flagged(_wide(values) if is_wide else _narrow(values), valid, descending=descending)
    raise LeafError("its values are of a type that does not rank")


def flagged(values: Bytes, valid: Mask | None, *, descending: bool) -> Bytes:
    """Put the byte that tells missing values before the bytes of each value; those of missing ones become 0."""
    result = np.empty((len(values), values.shape[1] + 1), dtype=np.uint8)
    result[:, 0] = PRESENT
    result[:, 1:] = ~values if descending else values
    if valid is not None:
        result[~valid, 0] = MISSING
        result[~valid, 1:] = 0
    return result


def big_endian(words: npt.NDArray[np.uint64]) -> Bytes:
    """Eight bytes a number, in its order."""
    return words.astype(">u8").view(np.uint8).reshape(-1, 8)


def _narrow(values: Numbers) -> Bytes:
    if values.dtype == object:
        raise LeafError("its values are too large to rank")
    return big_endian(values.astype(np.int64).view(np.uint64) ^ _SIGN)


def _wide(values: Numbers) -> Bytes:
    if values.dtype == object:
        middle = 1 << (8 * _WIDE - 1)
        joined = b"".join((int(value or 0) + middle).to_bytes(_WIDE, "big") for value in values.tolist())
        return np.frombuffer(joined, dtype=np.uint8).reshape(-1, _WIDE)
    whole = values.astype(np.int64)
    result = np.zeros((whole.size, _WIDE), dtype=np.uint8)
    negative = whole < 0
    result[:, 0] = np.where(negative, 0x7F, 0x80)
    result[negative, 1:-8] = 0xFF
    result[:, -8:] = big_endian(whole.view(np.uint64))
    return result
