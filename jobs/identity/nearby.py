"""Whom changes touch, and the evidence beside them, in two looks at all evidence."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.identity.scope import Scope
from plateia.tables import IDENTITY_EDGES_REFUSED, IDENTITY_MEMBERS, IDENTITY_SHARED
from transforms.identity.components import Keep
from transforms.identity.evidence.changes import is_of_caps, touched
from transforms.identity.evidence.live import vertex
from transforms.identity.evidence.marks import beside
from transforms.identity.guard.sharing import shared_vertices


@dataclass(frozen=True)
class Nearby:
    """What has to be solved anew.

    Attributes:
        evidence: What ``live_edges`` returns, beside values of these persons and beside all shared values.
        part: Those of it beside values of these persons.
        shared: ``vertex`` of the values that several people share, of everybody.
        members: The rows of ``numbered`` of these persons, as they were.
    """

    evidence: DataFrame
    part: DataFrame
    shared: DataFrame
    members: DataFrame


def nearby(scope: Scope, live: DataFrame, changed: DataFrame, kept: DataFrame, keep: Keep, *, salt: int) -> Nearby:
    """The persons whom changes touch, and those with refusals, whose order changes with age.

    Args:
        live: What ``live_edges`` returns of all evidence.
        changed: ``vertex`` of values beside which evidence is other than before.
        kept: ``vertex`` of values that stay shared.
    """
    old_shared = scope.pinned(IDENTITY_SHARED).select(vertex("token", salt).alias("vertex"))
    caps = scope.pinned(IDENTITY_EDGES_REFUSED).where(is_of_caps())
    refused = [caps.select(vertex(f"token_{end}", salt).alias("vertex")) for end in ("a", "b")]
    first = keep(_any_of(changed, *refused, old_shared, kept), "first")
    near = keep(beside(live, first), "near")
    turned = shared_vertices(beside(near, changed), scope.rules).join(changed, on="vertex", how="left_semi")
    shared = keep(_any_of(old_shared.join(changed, on="vertex", how="left_anti"), turned, kept), "shared")
    moved = shared.join(old_shared, "vertex", "left_anti").unionAll(old_shared.join(shared, "vertex", "left_anti"))
    # A value that has come to be shared parts those beside it, and one that is not shared any more joins them.
    start = keep(_any_of(changed, *refused, touched(beside(near, moved))), "start")
    members = _of_persons(start, numbered(scope, salt=salt), keep)
    vertices = keep(_any_of(start, members.select("vertex")).join(shared, on="vertex", how="left_anti"), "vertices")
    others = keep(vertices.join(first, on="vertex", how="left_anti"), "others")
    evidence = near.unionAll(keep(_not_beside(beside(live, others), first), "near-others"))
    return Nearby(evidence, keep(beside(evidence, vertices), "part"), shared, members)


def numbered(scope: Scope, *, salt: int) -> DataFrame:
    """The current rows of ``identity_members``, with ``vertex``."""
    current = scope.pinned(IDENTITY_MEMBERS).where(F.col("valid_to").isNull())
    return current.withColumn("vertex", vertex("token", salt))


def _of_persons(start: DataFrame, numbered_then: DataFrame, keep: Keep) -> DataFrame:
    """The rows of the persons some of whose values are among ``start``."""
    whose = numbered_then.join(start, on="vertex", how="left_semi").select("person_id").distinct()
    return keep(numbered_then.join(keep(whose, "before-whose"), on="person_id", how="left_semi"), "before")


def _not_beside(edges: DataFrame, vertices: DataFrame) -> DataFrame:
    there = [vertices.select(F.col("vertex").alias(end)) for end in ("a", "b")]
    return edges.join(there[0], on="a", how="left_anti").join(there[1], on="b", how="left_anti").select(*edges.columns)


def _any_of(*vertices: DataFrame) -> DataFrame:
    return reduce(DataFrame.unionAll, vertices).distinct()
