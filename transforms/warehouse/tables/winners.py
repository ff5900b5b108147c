"""Of several rows about the same thing one counts; the others are told apart, never dropped blindly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from transforms.key_sums import KeySums, key_hash, sums

RANK = "row_rank"


def greater_first(columns: Sequence[str]) -> list[Column]:
    """An order in which the greater row comes first: columns compared in turn, nulls lowest.

    Text goes by code points, false before true, arrays item by item, the shorter first where one begins the other.
    """
    return [F.col(column).desc_nulls_last() for column in columns]


def ranked(rows: DataFrame, *, same: Sequence[str], by: Sequence[str]) -> DataFrame:
    """The rows with ``row_rank``: 1 for the greatest (by ``by``) of those that agree on ``same``."""
    order = Window.partitionBy(*same).orderBy(*greater_first(by))
    return rows.withColumn(RANK, F.row_number().over(order))


def winners(rows: DataFrame, *, same: Sequence[str], by: Sequence[str]) -> DataFrame:
    """The greatest row of each group."""
    return ranked(rows, same=same, by=by).where(F.col(RANK) == 1).drop(RANK)


@dataclass(frozen=True, slots=True)
class KeyCount:
    """Rows, their distinct keys, and, where all differ, what the keys add up to."""

    rows: int
    distinct: int
    sums: KeySums | None = None


def count_keys(rows: DataFrame, same: Sequence[str]) -> KeyCount:
    """How many rows there are, and how many distinct keys (columns that are never null).

    Keys are compared by 128 bits of hash, half the shuffle of the texts themselves; by 64 first, since hashes that all
    differ are of keys that all differ.
    """
    low, high = key_hash(same), F.xxhash64(F.lit(1), *same)
    groups = rows.groupBy(low.alias("low")).agg(F.count("*").alias("n"))
    found = groups.agg(F.sum("n").alias("all"), *sums(F.col("low"))).collect()[0]
    count, distinct = found["all"] or 0, found["rows"]
    if distinct == count:
        return KeyCount(count, distinct, KeySums(distinct, found["low"] or 0, found["high"] or 0))
    return KeyCount(count, rows.select(low.alias("low"), high.alias("high")).distinct().count())
