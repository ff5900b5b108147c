"""What must hold of components, whoever has found them."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from transforms.identity.components.vertices import joined_ends


def check_components(edges: DataFrame, labels: DataFrame) -> None:
    """Check that no edge joins two components, and that each end of each edge has exactly one.

    Args:
        edges: ``a, b``.
        labels: ``vertex, component``.

    Raises:
        ArithmeticError: It has not: rows were lost on the way, or came twice.
    """
    graph = joined_ends(edges)
    named = labels.select(F.col("vertex"), F.col("component"))
    of_a = named.select(F.col("vertex").alias("a"), F.col("component").alias("of_a"))
    of_b = named.select(F.col("vertex").alias("b"), F.col("component").alias("of_b"))
    joined = graph.join(of_a, on="a", how="left").join(of_b, on="b", how="left")
    same = F.col("of_a") == F.col("of_b")
    found = joined.agg(
        F.count("*").alias("edges"),
        F.count_if(~F.coalesce(same, F.lit(False))).alias("crossing"),
    ).collect()[0]
    expected = graph.count()
    if found["crossing"] or found["edges"] != expected:
        got = f"{expected} edges became {found['edges']}, of which {found['crossing']} join two components"
        raise ArithmeticError(f"{got}: rows were lost on the way")
