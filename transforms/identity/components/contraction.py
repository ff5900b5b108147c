"""Connected components by contraction: every vertex joins the first of its neighbours in an order anew each round.

After Łącki, Mirrokni, Włodarczyk (2018, arXiv:1807.10727) and Bögeholz, Brand, Todor (2020, arXiv:1802.09478). The
vertices of a round fall into classes, one a representative; the edges between classes are the next round's graph, which
on average has less than half of them. Labels are composed backwards. What is small enough is finished in one process.

Two shuffles a round move each edge twice: by its later end, where that end's representative is found, then by its
earlier end, with the representatives of all vertices that have one.
"""

from __future__ import annotations

from functools import partial

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema

from transforms.identity.components.classes import SCHEMA, between_classes
from transforms.identity.components.finish import finish
from transforms.identity.components.kept import Keep
from transforms.identity.components.vertices import joined_ends
from transforms.identity.rounds import Rounds
from transforms.shuffling import shuffle_parts

FINISH_EDGES = 5_000_000


def contract(
    edges: DataFrame, *, keep: Keep, finish_edges: int = FINISH_EDGES, rounds: Rounds | None = None
) -> DataFrame:
    """The component of every vertex.

    Args:
        edges: ``a, b`` LONG, in any direction, repeated or not; a loop names a vertex, a null end nothing.
        keep: Writes and reads what a round leaves.
        finish_edges: Up to so many edges are finished by SciPy in this process; 0: never.
        rounds: Is told what each round leaves.

    Returns:
        ``vertex LONG`` once each, ``component LONG``: the id of one of its vertices. The same graph gives the same
        rows, however it is partitioned.

    Raises:
        ArithmeticError: Rows were lost on the way.
    """
    told = rounds if rounds is not None else Rounds()
    graph = joined_ends(edges)
    maps: list[DataFrame] = []
    left = graph.count()
    while left > finish_edges:
        written = keep(_contracted(graph, seed=len(maps)), f"round-{len(maps)}")
        maps.append(written.where(~F.col("is_edge")).select(F.col("x").alias("vertex"), F.col("y").alias("rep")))
        graph = written.where("is_edge").select(F.col("x").alias("a"), F.col("y").alias("b"))
        left = graph.count()
        told.tell(left)
    labels = keep(finish(graph), "finished") if left or not maps else None
    for depth in reversed(range(len(maps))):
        composed = keep(_composed(maps[depth], labels), f"labels-{depth}")
        if composed.count() != maps[depth].count():
            raise ArithmeticError(f"{composed.count()} labels of {maps[depth].count()} vertices: rows were lost")
        labels = composed
    assert labels is not None  # there was a round or a finish
    return labels


def _contracted(graph: DataFrame, *, seed: int) -> DataFrame:
    """One round: ``is_edge, x, y``; each vertex with its representative, then the edges between classes."""
    # xxhash64 of a number is a bijection, so that no two vertices are equal in the order of a round.
    place = partial(_place, seed=seed)
    first = place("a") < place("b")
    oriented = graph.select(
        F.when(first, F.col("a")).otherwise(F.col("b")).alias("early"),
        F.when(first, F.col("b")).otherwise(F.col("a")).alias("late"),
    )
    parts = shuffle_parts(graph)
    by_late = oriented.repartition(parts, "late")
    reps = by_late.groupBy("late").agg(F.min_by("early", place("early")).alias("rep"))
    # The row that gives a vertex its representative tells of it, too: then nothing is computed twice.
    edge = F.struct(F.lit(False).alias("is_rep"), F.col("early").alias("x"), F.col("rep").alias("y"))
    whose = F.struct(F.lit(True).alias("is_rep"), F.col("late").alias("x"), F.col("rep").alias("y"))
    told = F.when(F.col("early") == F.col("rep"), F.array(edge, whose)).otherwise(F.array(edge))
    half = by_late.join(reps, on="late", how="inner").select(F.explode(told).alias("told")).select("told.*")
    return half.repartition(parts, "x").mapInArrow(between_classes, from_arrow_schema(SCHEMA))


def _composed(classes: DataFrame, labels: DataFrame | None) -> DataFrame:
    """The labels of a round's vertices: those of their representatives, or these where they were merged no further."""
    if labels is None:
        return classes.select("vertex", F.col("rep").alias("component"))
    later = labels.select(F.col("vertex").alias("rep"), "component")
    return classes.join(later, on="rep", how="left").select("vertex", F.coalesce("component", "rep").alias("component"))


def _place(vertex: str, *, seed: int) -> Column:
    return F.xxhash64(F.col(vertex), F.lit(seed))
