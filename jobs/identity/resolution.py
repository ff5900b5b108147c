"""A resolution from end to end: take signals in, solve, name, stage, judge, flip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.identity.scope import Scope
from jobs.identity.signals import TakenIn, take_in
from jobs.identity.state import State, write_state
from plateia.errors import Problem
from plateia.tables import (
    IDENTITY_EDGES,
    IDENTITY_EDGES_REFUSED,
    IDENTITY_EVENTS,
    IDENTITY_MEMBERS,
    IDENTITY_PEOPLE,
    IDENTITY_REDIRECTS,
    IDENTITY_SIGNALS,
    Table,
)
from transforms.identity.components import Keep, contract
from transforms.identity.components.contraction import FINISH_EDGES
from transforms.identity.evidence.edges import edges_of
from transforms.identity.evidence.live import vertex
from transforms.identity.naming.fresh import fresh_ids, least_tokens
from transforms.identity.naming.inherit import claims_of, inherited
from transforms.identity.naming.people import Moves, members_after, moves, people_after, redirects_after
from transforms.identity.solve import Solution, solve


@dataclass
class Report:
    """What a resolution says at its end."""

    sources: list[dict[str, object]] = field(default_factory=list)
    people: list[dict[str, object]] = field(default_factory=list)
    refusals: list[Problem] = field(default_factory=list)


def resolve(scope: Scope, keep: Keep, *, finish_edges: int = FINISH_EDGES) -> Report:
    """Bring the identity tables up to date with their sources.

    Raises:
        InputError: A source cannot be read; nothing is published.
        LakeError: The lake cannot be read or written; nothing is published.
    """
    taken = take_in(scope)
    report = Report(sources=taken.rows)
    signals = scope.lake.read_frame(scope.spark, IDENTITY_SIGNALS.name, version=taken.version)
    edges = keep(edges_of(_that_count(scope, signals)), "edges")
    engine = partial(_engine, finish_edges=finish_edges)
    solution = solve(edges, scope.rules, scope.keys, as_of=scope.as_of, engine=engine, keep=keep)
    named = _name(scope, solution, keep)
    versions = _stage(scope, edges, solution, named)
    versions[IDENTITY_SIGNALS.name] = taken.version
    write_state(scope.lake, _state(scope, taken, versions), run_id=scope.run.run_id)
    report.people.append(_summary(named))
    return report


def _engine(edges: DataFrame, keep: Keep, *, finish_edges: int) -> DataFrame:
    return contract(edges, keep=keep, finish_edges=finish_edges)


def _that_count(scope: Scope, signals: DataFrame) -> DataFrame:
    """The pairs before as_of, with the purpose of their source."""
    purpose: Column = F.lit(None).cast("string")
    for name, source in scope.sources.items():
        purpose = F.when(F.col("source") == name, F.lit(source.purpose)).otherwise(purpose)
    seen = F.lit(False)
    for site, as_of in scope.as_of_by_site.items():
        seen = seen | ((F.col("site") == site) & (F.col("at") < F.lit(as_of)))
    return signals.where(seen).withColumn("purpose", purpose)


@dataclass(frozen=True)
class _Named:
    """``now``: ``identifier_type, token, person_id, confidence``; what happened; ``fresh``: the ids given."""

    now: DataFrame
    moves: Moves
    fresh: DataFrame


def _name(scope: Scope, solution: Solution, keep: Keep) -> _Named:
    values, keys = solution.values, scope.keys
    before = scope.pinned(IDENTITY_MEMBERS).where(F.col("valid_to").isNull())
    previous = before.select(vertex("identifier_type", "token", solution.salt).alias("vertex"), "person_id")
    people = scope.pinned(IDENTITY_PEOPLE)
    claims = keep(claims_of(values, previous, scope.rules), "all-claims")

    def least(components: DataFrame) -> DataFrame:
        return least_tokens(values.join(components, on="component", how="left_semi"), keys)

    kept = inherited(claims, people, least=least, keep=keep)
    unnamed = values.select("component").distinct().join(kept, on="component", how="left_anti")
    issued = scope.pinned(IDENTITY_REDIRECTS)
    fresh = keep(fresh_ids(keep(least(unnamed), "unnamed"), issued, keys, as_of=scope.as_of), "fresh")
    given = keep(kept.unionByName(fresh), "given")
    alive = people.where(F.col("retired_at").isNull())
    happened = moves(claims, given, fresh, alive)
    now = values.join(given, on="component", how="inner").select(
        scope.rules.name(F.col("kind")).alias("identifier_type"), "token", "person_id", "confidence"
    )
    return _Named(keep(now, "now"), happened, fresh)


def _stage(scope: Scope, edges: DataFrame, solution: Solution, named: _Named) -> dict[str, int]:
    """Write every table as a version that nobody reads yet."""
    as_of, run_id = scope.as_of, scope.run.run_id
    members = members_after(scope.pinned(IDENTITY_MEMBERS), named.now, as_of=as_of)
    anchor = scope.identity.anchor_type
    people = people_after(scope.pinned(IDENTITY_PEOPLE), named.now, anchor_type=anchor, as_of=as_of)
    redirects = redirects_after(scope.pinned(IDENTITY_REDIRECTS), named.moves.merged, named.fresh)
    tables: dict[Table, DataFrame] = {
        IDENTITY_EDGES: edges,
        IDENTITY_EDGES_REFUSED: solution.refused.withColumn("run_id", F.lit(run_id)),
        IDENTITY_MEMBERS: members,
        IDENTITY_PEOPLE: people,
        IDENTITY_REDIRECTS: redirects,
    }
    versions = {table.name: scope.lake.write_frame(rows, table, run_id=run_id) for table, rows in tables.items()}
    pin = scope.state.pins.get(IDENTITY_EVENTS.name)
    if pin is not None:
        scope.lake.rewind(scope.spark, IDENTITY_EVENTS.name, pin)
    rows = _events(scope, named.moves)
    versions[IDENTITY_EVENTS.name] = scope.lake.write_frame(rows, IDENTITY_EVENTS, run_id=run_id, mode="append")
    return versions


def _events(scope: Scope, happened: Moves) -> DataFrame:
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
    return made.unionByName(rows("merged_into", happened.merged)).unionByName(rows("retired", happened.retired))


def _state(scope: Scope, taken: TakenIn, versions: Mapping[str, int]) -> State:
    return State(versions, scope.as_of, {"signals": dict(taken.deliveries)})


def _summary(named: _Named) -> dict[str, object]:
    found = named.now.agg(F.count("*").alias("identifiers"), F.count_distinct("person_id").alias("people")).collect()[0]
    moved = {name: getattr(named.moves, name).count() for name in ("created", "split", "merged", "retired")}
    return {"people": found["people"], "identifiers": found["identifiers"], **moved}
