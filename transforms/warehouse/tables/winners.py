"""Of several rows about the same thing one counts; the others are told apart, never dropped blindly."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

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


def count_keys(rows: DataFrame, same: Sequence[str]) -> tuple[int, int]:
    """How many rows there are, and how many distinct keys (columns that are never null).

    Keys are compared by 128 bits of hash, half the shuffle of the texts themselves; by 64 first, since hashes that all
    differ are of keys that all differ.
    """
    low, high = F.xxhash64(*same), F.xxhash64(F.lit(1), *same)
    found = rows.agg(F.count("*").alias("rows"), F.count_distinct(low).alias("distinct")).collect()[0]
    if found["distinct"] == found["rows"]:
        return found["rows"], found["rows"]
    return found["rows"], rows.select(low.alias("low"), high.alias("high")).distinct().count()
