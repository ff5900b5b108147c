"""Staging the identity tables, as versions that nobody reads yet."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.identity.evidence import Evidence
from jobs.identity.scope import Scope
from plateia.tables import (
    IDENTITY_EDGES,
    IDENTITY_EDGES_REFUSED,
    IDENTITY_EVENTS,
    IDENTITY_MEMBERS,
    IDENTITY_PEOPLE,
    IDENTITY_REDIRECTS,
    IDENTITY_SHARED,
    IDENTITY_WORDS,
    Table,
)
from transforms.identity.naming.people import Moves, members_after, people_after, redirects_after


@dataclass(frozen=True)
class Named:
    """Who the persons in question are.

    Attributes:
        now: ``identifier_type, token, person_id, confidence``, each of their values once.
        before: Their current rows of ``identity_members``.
        people: Their rows of ``identity_people``.
        moves: What happened to them.
        fresh: ``component, person_id``: the ids that were given.
        refused: The columns of ``identity_edges_refused`` but run_id, of everybody.
        shared: The rows of ``identity_shared``, of everybody.
    """

    now: DataFrame
    before: DataFrame
    people: DataFrame
    moves: Moves
    fresh: DataFrame
    refused: DataFrame | None = None
    shared: DataFrame | None = None

    def with_refused(self, refused: DataFrame, shared: DataFrame) -> Named:
        """The same with what is told of edges."""
        return replace(self, refused=refused, shared=shared)

    def counts(self) -> dict[str, object]:
        """How many values and persons were looked at, and what happened to how many."""
        found = self.now.agg(F.count("*").alias("identifiers"), F.count_distinct("person_id").alias("people"))
        row = found.collect()[0]
        moved = {name: getattr(self.moves, name).count() for name in ("created", "split", "merged", "retired")}
        return {"people": row["people"], "identifiers": row["identifiers"], **moved}


def stage(scope: Scope, evidence: Evidence, named: Named) -> dict[str, int]:
    """Write every table; returns table -> version."""
    as_of, run_id, lake = scope.as_of, scope.run.run_id, scope.lake
    pinned = scope.pinned(IDENTITY_MEMBERS)
    is_current = F.col("valid_to").isNull()
    persons = named.before.select("person_id").distinct()
    others = pinned.where(is_current).join(persons, on="person_id", how="left_anti").select(*pinned.columns)
    erased = named.moves.retired.join(_erased(scope, named), on="person_id", how="left_semi")
    members = members_after(named.before, named.now, as_of=as_of)
    members = members.unionByName(others).unionByName(pinned.where(~is_current))
    members = members.join(erased, on="person_id", how="left_anti").select(*pinned.columns)
    everybody = scope.pinned(IDENTITY_PEOPLE)
    rest = everybody.join(named.people.select("person_id"), on="person_id", how="left_anti").select(*everybody.columns)
    people = people_after(named.people, named.now, anchor_type=scope.identity.anchor_type, as_of=as_of)
    assert named.refused is not None and named.shared is not None
    tables: dict[Table, DataFrame] = {
        IDENTITY_WORDS: evidence.words,
        IDENTITY_EDGES: evidence.edges,
        IDENTITY_EDGES_REFUSED: named.refused.withColumn("run_id", F.lit(run_id)),
        IDENTITY_SHARED: named.shared,
        IDENTITY_MEMBERS: members,
        IDENTITY_PEOPLE: people.unionByName(rest),
        IDENTITY_REDIRECTS: redirects_after(scope.pinned(IDENTITY_REDIRECTS), named.moves.merged, named.fresh, erased),
    }
    versions = {table.name: lake.write_frame(rows, table, run_id=run_id) for table, rows in tables.items()}
    if (pin := scope.state.pins.get(IDENTITY_EVENTS.name)) is not None:
        lake.rewind(scope.spark, IDENTITY_EVENTS.name, pin)
    events = _events(scope, named.moves, erased)
    if pin is None or not events.isEmpty():
        pin = lake.write_frame(events, IDENTITY_EVENTS, run_id=run_id, mode="append")
    return {**versions, IDENTITY_EVENTS.name: pin}


def _erased(scope: Scope, named: Named) -> DataFrame:
    """``person_id`` of those whose values have a tombstone."""
    return named.before.join(scope.tombstones, on="token", how="left_semi").select("person_id").distinct()


def _events(scope: Scope, happened: Moves, erased: DataFrame) -> DataFrame:
    def rows(kind: str, frame: DataFrame) -> DataFrame:
        other = F.col("other_person_id") if "other_person_id" in frame.columns else F.lit(None).cast("string")
        return frame.select(
            F.lit(scope.as_of).alias("at"),
            F.lit(scope.run.run_id).alias("run_id"),
            F.lit(kind).alias("kind"),
            "person_id",
            other.alias("other_person_id"),
            F.lit(None).cast("string").alias("evidence"),
        )

    made = rows("created", happened.created).unionByName(rows("split_from", happened.split))
    retired = happened.retired.join(erased, on="person_id", how="left_anti")
    ended = rows("merged_into", happened.merged).unionByName(rows("retired", retired))
    return made.unionByName(ended).unionByName(rows("erased", erased))
