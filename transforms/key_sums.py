"""What the hashes of keys add up to: whether rows have the very keys that others were found to have, at one look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pyspark.sql import Column
from pyspark.sql import functions as F

_LOW_WORD = 0xFFFFFFFF


class KeySums(NamedTuple):
    """Rows, and the sums over them of both halves of their keys' hashes."""

    rows: int
    low: int
    high: int


def key_hash(keys: Sequence[str]) -> Column:
    """64 bits of hash of a row's keys, columns that are never null."""
    return F.xxhash64(*keys)


def halves(hashed: Column) -> tuple[Column, Column]:
    """The lower and the upper half of a 64-bit hash: their sums stay far from the end of a long."""
    return hashed.bitwiseAND(F.lit(_LOW_WORD)), F.shiftrightunsigned(hashed, 32)


def sums(hashed: Column) -> tuple[Column, Column, Column]:
    """The aggregates that ``KeySums`` is made of, in its order."""
    low, high = halves(hashed)
    return F.count("*").alias("rows"), F.sum(low).alias("low"), F.sum(high).alias("high")
