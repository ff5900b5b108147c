"""Vertices as numbers, whatever their ids are."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

_TRIES = 8


def joined_ends(edges: DataFrame) -> DataFrame:
    """``a, b`` of the edges that have both ends."""
    return edges.where(F.col("a").isNotNull() & F.col("b").isNotNull()).select("a", "b")


def hashed(edges: DataFrame) -> tuple[DataFrame, DataFrame]:
    """A graph of ids of any type as one of numbers.

    Args:
        edges: ``a, b`` of one type; text is told apart code point by code point.

    Returns:
        The edges with ``a, b`` LONG, and ``vertex, id``: the number and what it stands for, each once.

    Raises:
        ArithmeticError: Several orders in a row give two ids one number: these are not hashes any more.
    """
    edges = joined_ends(edges)
    ids = edges.select(F.col("a").alias("id")).unionAll(edges.select("b")).distinct()
    for salt in range(_TRIES):
        known = ids.select(F.xxhash64("id", F.lit(salt)).alias("vertex"), "id")
        found = known.agg(F.count("*").alias("ids"), F.count_distinct("vertex").alias("vertices")).collect()[0]
        if found["ids"] == found["vertices"]:
            numbers = [F.xxhash64(end, F.lit(salt)).alias(end) for end in ("a", "b")]
            return edges.select(*numbers), known
    raise ArithmeticError(f"{_TRIES} hashes in a row give two vertices one number")
