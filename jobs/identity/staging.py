"""Staging the identity tables, as versions that nobody reads yet."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.identity.naming import Named
from jobs.identity.scope import Scope
from plateia.tables import (
    IDENTITY_EDGES_REFUSED,
    IDENTITY_EVENTS,
    IDENTITY_MEMBERS,
    IDENTITY_PEOPLE,
    IDENTITY_REDIRECTS,
    IDENTITY_SHARED,
    Table,
)
from transforms.identity.naming.people import members_after, people_after, redirects_after


def stage(scope: Scope, named: Named) -> dict[str, int]:
    """Write what is told of persons; returns table -> version."""
    run_id = scope.run.run_id
    tables: dict[Table, DataFrame] = {
        IDENTITY_EDGES_REFUSED: named.refused.withColumn("run_id", F.lit(run_id)),
        IDENTITY_SHARED: named.shared,
        IDENTITY_MEMBERS: _members(scope, named),
        IDENTITY_PEOPLE: _people(scope, named),
        IDENTITY_REDIRECTS: redirects_after(scope.pinned(IDENTITY_REDIRECTS), named.events),
    }
    versions = {table.name: scope.write(rows, table) for table, rows in tables.items()}
    return {**versions, IDENTITY_EVENTS.name: _events(scope, named)}


def _members(scope: Scope, named: Named) -> DataFrame:
    """Everybody's values; of the erased not even that they had some."""
    pinned = scope.pinned(IDENTITY_MEMBERS)
    is_current = F.col("valid_to").isNull()
    persons = named.before.select("person_id").distinct()
    others = pinned.where(is_current).join(persons, on="person_id", how="left_anti").select(*pinned.columns)
    mine = members_after(named.before, named.now, as_of=scope.as_of)
    rows = mine.unionByName(others).unionByName(pinned.where(~is_current))
    erased = named.events.where(F.col("kind") == "erased").select("person_id")
    return rows.join(erased, on="person_id", how="left_anti").select(*pinned.columns)


def _people(scope: Scope, named: Named) -> DataFrame:
    pinned = scope.pinned(IDENTITY_PEOPLE)
    others = pinned.join(named.people.select("person_id"), on="person_id", how="left_anti").select(*pinned.columns)
    mine = people_after(named.people, named.now, anchor_type=scope.identity.anchor_type, as_of=scope.as_of)
    return mine.unionByName(others)


def _events(scope: Scope, named: Named) -> int:
    """Append what happened to what has happened; a run in which nothing did leaves the table as it is."""
    pin, run_id = scope.state.pins.get(IDENTITY_EVENTS.name), scope.run.run_id
    rows = named.events.select(F.lit(scope.as_of).alias("at"), F.lit(run_id).alias("run_id"), *named.events.columns)
    if scope.is_tried or pin is None:
        return scope.write(rows, IDENTITY_EVENTS)
    scope.lake.rewind(scope.spark, IDENTITY_EVENTS.name, pin)
    if named.events.isEmpty():
        return pin
    return scope.lake.write_frame(rows, IDENTITY_EVENTS, run_id=run_id, mode="append")
