"""Staging the identity tables, as versions that nobody reads yet."""

from __future__ import annotations

from functools import partial

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.identity.scope import Scope
from jobs.identity.solving import Solved
from jobs.warehouse.scope import side_by_side
from plateia.tables import (
    IDENTITY_EDGES_REFUSED,
    IDENTITY_EVENTS,
    IDENTITY_MEMBERS,
    IDENTITY_PEOPLE,
    IDENTITY_REDIRECTS,
    IDENTITY_SHARED,
    Table,
)
from transforms.identity.redirects import redirects_after
from transforms.identity.solve import HAPPENS


def stage(scope: Scope, solved: Solved) -> dict[str, int]:
    """Write what is told of persons; returns table -> version."""
    run_id = scope.run.run_id
    tables: dict[Table, DataFrame] = {
        IDENTITY_EDGES_REFUSED: solved.refused.withColumn("run_id", F.lit(run_id)),
        IDENTITY_SHARED: solved.shared,
        IDENTITY_MEMBERS: _members(scope, solved),
        IDENTITY_PEOPLE: _people(scope, solved),
        IDENTITY_REDIRECTS: redirects_after(scope.pinned(IDENTITY_REDIRECTS), solved.solution.part("event")),
    }
    writes = [partial(scope.write, rows, table) for table, rows in tables.items()]
    versions = side_by_side(lambda write: write(), [partial(_events, scope, solved), *writes])
    return dict(zip((IDENTITY_EVENTS.name, *(table.name for table in tables)), versions, strict=True))


def _members(scope: Scope, solved: Solved) -> DataFrame:
    """Everybody's values; of the erased not even that they had some."""
    pinned, solution = scope.pinned(IDENTITY_MEMBERS), solved.solution
    others = pinned.where(F.col("valid_to").isNotNull())
    if not solved.is_everybody:
        asked = solution.part("person").select("person_id", F.lit(True).alias("asked"))
        both = pinned.join(asked, on="person_id", how="left")
        others = both.where(F.col("asked").isNull() | F.col("valid_to").isNotNull()).select(*pinned.columns)
    rows = solution.part("member").unionByName(others)
    if not scope.is_forgetting:
        return rows
    erased = solution.part("event").where(F.col("kind") == "erased").select("person_id")
    living = rows.join(erased, on="person_id", how="left_anti")
    return living.join(scope.tombstones, on="token", how="left_anti").select(*pinned.columns)


def _people(scope: Scope, solved: Solved) -> DataFrame:
    pinned, asked = scope.pinned(IDENTITY_PEOPLE), solved.solution.part("person")
    others = pinned.join(asked.select("person_id"), on="person_id", how="left_anti").select(*pinned.columns)
    return asked.unionByName(others)


def _events(scope: Scope, solved: Solved) -> int:
    """Append what happened to what has happened; a run in which nothing did leaves the table as it is."""
    pin, run_id, events = scope.state.pins.get(IDENTITY_EVENTS.name), scope.run.run_id, solved.solution.part("event")
    rows = events.select(F.lit(scope.as_of).alias("at"), F.lit(run_id).alias("run_id"), *events.columns)
    if scope.is_tried or pin is None:
        return scope.write(rows, IDENTITY_EVENTS)
    scope.lake.rewind(IDENTITY_EVENTS.name, pin)
    if not any(solved.solution.counts[kind] for kind in HAPPENS):
        return pin
    return scope.lake.write_frame(rows, IDENTITY_EVENTS, run_id=run_id, mode="append")
