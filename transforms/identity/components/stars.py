"""Connected components by alternating large stars and small stars, the second engine: slower, and independent.

Kiveris, Lattanzi, Mirrokni, Rastogi, Vassilvitskii: Connected Components in MapReduce and Beyond (SoCC 2014). Each
operation points vertices at the least of their neighbours until every component is a star around its least vertex.
"""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from transforms.identity.components.kept import Keep
from transforms.identity.components.vertices import joined_ends
from transforms.identity.rounds import Rounds


def alternate_stars(edges: DataFrame, *, keep: Keep, rounds: Rounds | None = None) -> DataFrame:
    """The component of every vertex, as ``contract`` gives it; a component is the least of its ids.

    Args:
        edges: ``a, b`` LONG, in any direction, repeated or not; a loop names a vertex, a null end nothing.
        keep: Writes and reads what a round leaves.
        rounds: Is told what each round leaves.
    """
    told = rounds if rounds is not None else Rounds()
    whole = joined_ends(edges)
    graph = keep(whole.where(F.col("a") != F.col("b")).distinct(), "stars-0")
    before = None
    number = 0
    while before != (now := _fingerprint(graph)):
        number += 1
        graph = keep(_small_star(_large_star(graph)), f"stars-{number}")
        told.tell(now[0])
        before = now
    ends = whole.select(F.col("a").alias("vertex")).unionAll(whole.select("b")).distinct()
    stars = graph.select(F.col("a").alias("vertex"), F.col("b").alias("component"))
    joined = ends.join(stars, on="vertex", how="left")
    return keep(joined.select("vertex", F.coalesce("component", "vertex").alias("component")), "stars")


def _fingerprint(graph: DataFrame) -> tuple[int, int | None, int | None]:
    """Equal for equal sets of edges: how many there are, and what their hashes add up to by exclusive or."""
    found = graph.agg(
        F.count("*").alias("edges"),
        F.bit_xor(F.xxhash64("a", "b", F.lit(1))).alias("first"),
        F.bit_xor(F.xxhash64("a", "b", F.lit(2))).alias("second"),
    ).collect()[0]
    return found["edges"], found["first"], found["second"]


def _large_star(graph: DataFrame) -> DataFrame:
    """Every greater neighbour points at the least of the closed neighbourhood. ``a > b`` in what comes out."""
    around = graph.select("a", "b").unionAll(graph.select(F.col("b").alias("a"), F.col("a").alias("b")))
    least = around.groupBy("a").agg(F.least(F.min("b"), F.first("a")).alias("least"))
    pointed = around.where(F.col("b") > F.col("a")).join(least, on="a", how="inner")
    return pointed.select(F.col("b").alias("a"), F.col("least").alias("b")).distinct()


def _small_star(graph: DataFrame) -> DataFrame:
    """Every smaller neighbour, and the vertex itself, point at the least of them. ``a > b`` in what comes out."""
    down = graph.select(F.greatest("a", "b").alias("a"), F.least("a", "b").alias("b"))
    least = down.groupBy("a").agg(F.min("b").alias("least"))
    pointed = down.join(least, on="a", how="inner").select(F.col("b").alias("a"), F.col("least").alias("b"))
    stars = pointed.unionAll(least.select("a", F.col("least").alias("b")))
    return stars.where(F.col("a") != F.col("b")).distinct()
