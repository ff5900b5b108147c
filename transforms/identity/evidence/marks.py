"""Which rows are among some values: by an end of theirs, or by their delivery."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F


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


def among_deliveries(deliveries: Sequence[tuple[str, str]]) -> Column:
    """Whether a row of ``identity_signals`` is of one of some (source, delivery)."""
    chosen = F.lit(False)
    for source in sorted({source for source, _ in deliveries}):
        mine = [delivery for name, delivery in deliveries if name == source]
        chosen = chosen | ((F.col("source") == source) & F.col("delivery").isin(mine))
    return chosen
