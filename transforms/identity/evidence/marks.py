"""Edges seen from their ends: which of these are among some values, and what is left of an edge without one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

_OTHER = {"a": "b", "b": "a"}


def marked(rows: DataFrame, values: DataFrame, columns: Sequence[str]) -> DataFrame:
    """The rows with ``is_COLUMN`` BOOLEAN for each of some columns: whether its value is among ``values``.

    Args:
        values: One column, each value once, none null.
    """
    wanted = rows.columns
    for column in columns:
        found = values.toDF(column).withColumn(f"found_{column}", F.lit(True))
        rows = rows.join(found, on=column, how="left")
    marks = (F.col(f"found_{column}").isNotNull().alias(f"is_{column}") for column in columns)
    return rows.select(*wanted, *marks)


def beside(edges: DataFrame, vertices: DataFrame) -> DataFrame:
    """The edges, of ``a`` and ``b``, that have an end among some vertices."""
    return marked(edges, vertices, ("a", "b")).where(F.col("is_a") | F.col("is_b")).select(*edges.columns)


def without_ends(edges: DataFrame, gone: Mapping[str, Column], columns: Collection[str]) -> list[Column]:
    """The columns of edges one of whose ends is gone: the other stands in its place, a loop, which tells it was seen.

    Args:
        gone: End, ``a`` or ``b`` -> whether it is gone; not both.
        columns: What there is of both ends, as it is of ``a``; the end is the last letter of the name.
    """
    chosen = {}
    for name in columns:
        for end, is_gone in gone.items():
            mine, other = f"{name[:-1]}{end}", f"{name[:-1]}{_OTHER[end]}"
            chosen[mine] = F.when(is_gone, F.col(other)).otherwise(F.col(mine))
    return [chosen.get(name, F.col(name)).alias(name) for name in edges.columns]


def among_deliveries(deliveries: Sequence[tuple[str, str]]) -> Column:
    """Whether a row of ``identity_signals`` is of one of some (source, delivery)."""
    chosen = F.lit(False)
    for source in sorted({source for source, _ in deliveries}):
        mine = [delivery for name, delivery in deliveries if name == source]
        chosen = chosen | ((F.col("source") == source) & F.col("delivery").isin(mine))
    return chosen
