"""The engine and SQL agree on random audiences over random people, events, relations and consents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from plateia.catalogue import ValueType
from plateia.rules import tree
from tests.oracle.query import World, connect
from tests.properties.engine_cases import SITE, Case, Draw, case
from tests.properties.naive import members
from tests.properties.test_engine import plan_of, run

_AUDIENCES = 10


class Queried(Draw):
    """What one SQL query says of a person: no sequences, no history, no scores."""

    def node(self, others: Sequence[str], lists: Sequence[str], depth: int = 3) -> tree.Node:
        drawn = super().node(others, lists, depth)
        while isinstance(drawn, tree.SequenceNode):
            drawn = super().node(others, lists, 0)
        return replace(drawn, entered=None) if isinstance(drawn, tree.AudienceNode) else drawn

    def measure(self, properties: Mapping[str, ValueType]) -> tree.Measure:
        drawn = super().measure(properties)
        # SQL divides rounded sums: of 64-bit integers that is not the nearest double.
        if drawn.kind == "avg" or (drawn.kind == "count" and drawn.condition is None):
            return tree.Measure("count", tree.Condition((tree.Test("gte", 1),)))
        return drawn


def loaded(drawn: Case, connection: duckdb.DuckDBPyConnection, folder: Path) -> World:
    """The world of a case in DuckDB."""
    world = drawn.world
    ids = {ordinal: str(person["person_id"]) for ordinal, person in world.people.items() if person["alive"]}
    connection.execute(f"DROP SCHEMA IF EXISTS {SITE} CASCADE; CREATE SCHEMA {SITE}")
    people = drawn.people.filter(drawn.people["alive"]).drop_columns(["ordinal", "alive"])
    _create(connection, "people", people)
    for event, rows in drawn.events.items():
        _create(connection, f"event_{event}", _named(rows, ids).drop_columns(["event_id"]))
    connection.execute(f'CREATE TABLE {SITE}.event_never_loaded (person_id VARCHAR, "at" TIMESTAMP)')
    for relation, rows in drawn.relations.items():
        started = (
            _named(rows, ids).rename_columns({"person_id": "from_key"}) if "ordinal" in rows.column_names else rows
        )
        _create(connection, f"relation_{relation}", started.rename_columns({"from_key": "start"}))
    _create(connection, "consents", _named(drawn.consents, ids))
    for name, listed in world.lists.items():
        (folder / name).write_text("\n".join(["person_id", *sorted(listed)]), encoding="utf-8")
    known = {
        key: frozenset(ids[ordinal] for ordinal in found if ordinal in ids)
        for key, found in world.published.items()
        if key not in world.audiences
    }
    found = World(connection, SITE, world.zone, world.as_of, world.audiences)
    found.known = {**known, **dict.fromkeys(world.absent, frozenset())}
    return found


def _named(rows: pa.Table, ids: Mapping[int, str]) -> pa.Table:
    """Rows with the person's id in place of the ordinal; those of nobody are left out."""
    names = pa.array([ids.get(ordinal) for ordinal in rows["ordinal"].to_pylist()], pa.string())
    named = rows.set_column(rows.column_names.index("ordinal"), "person_id", names)
    return named.filter(named["person_id"].is_valid())


def _create(connection: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> None:
    instants = [field.name for field in rows.schema if pa.types.is_timestamp(field.type)]
    for column in instants:
        place = rows.column_names.index(column)
        rows = rows.set_column(place, column, rows[column].cast(pa.timestamp("us", "UTC")).cast(pa.timestamp("us")))
    connection.register("loaded", rows)
    connection.execute(f"CREATE TABLE {SITE}.{name} AS SELECT * FROM loaded")
    connection.unregister("loaded")


def assert_equal(seed: int, n_people: int, n_events: int, folder: Path, connection: duckdb.DuckDBPyConnection) -> int:
    """The number of audiences compared."""
    drawn = case(Random(seed), n_people=n_people, n_events=n_events, n_audiences=_AUDIENCES, kind=Queried)
    outcome = run(drawn, plan_of(drawn))
    found = {row["audience"]: BitMap.deserialize(row["members"]) for row in outcome.members.to_pylist()}
    world = loaded(drawn, connection, folder)
    compared = 0
    for key in drawn.world.audiences:
        if members(drawn.world, key) is not None:  # a sum that is too large fails the audience: no matter of SQL
            mine = {str(drawn.world.people[ordinal]["person_id"]) for ordinal in found.get(key, ())}
            assert mine == world.members(key), key
            compared += 1
    return compared


@pytest.mark.parametrize("examples", [100, pytest.param(1000, marks=pytest.mark.nightly)])
def test_engine_equals_duckdb(examples: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    connection = connect()
    compared = 0

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(seed=st.integers(0, 2**63), n_people=st.integers(1, 40), n_events=st.integers(0, 80))
    def check(seed: int, n_people: int, n_events: int) -> None:
        nonlocal compared
        compared += assert_equal(seed, n_people, n_events, tmp_path, connection)

    check()
    assert compared > 8 * examples
