"""Every audience of the demo, as published, equals one SQL query over the raw files."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from plateia.workspace import load_workspace
from tests.lakes import REPOSITORY, BuiltLake
from tests.oracle import demo
from tests.oracle.query import World, connect
from tests.published import person_ids, published_members

KEYS = sorted(path.stem for path in (REPOSITORY / "configs" / "audiences" / "us").glob("*.yml"))

Members = dict[tuple[str, str], frozenset[str]]


@pytest.fixture(scope="module")
def world(demo_lake: BuiltLake) -> World:
    connection = connect()
    demo.load(connection)
    audiences = load_workspace(demo_lake.configs).audiences
    midnight = datetime(2018, 1, 1, 5, tzinfo=UTC)
    return World(connection, "us", ZoneInfo("America/New_York"), midnight, audiences)


@pytest.fixture(scope="module")
def published(demo_lake: BuiltLake) -> Members:
    return published_members(demo_lake.lake)


def test_the_demo_builds_without_a_complaint(demo_lake: BuiltLake) -> None:
    assert demo_lake.exits == {"refresh-warehouse": 0, "build-audiences": 0}


def test_every_audience_of_the_configuration_is_published(published: Members) -> None:
    assert sorted(published) == [("us", key) for key in KEYS]


@pytest.mark.parametrize("key", KEYS)
def test_members_equal_the_raw_files(key: str, published: Members, world: World) -> None:
    assert published["us", key] == world.members(key)


def test_the_universe_is_every_household_with_a_transaction(demo_lake: BuiltLake, world: World) -> None:
    rows = world.connection.execute("SELECT person_id FROM us.people").fetchall()
    assert sorted(person_ids(demo_lake.lake)["us"].values()) == sorted(person for (person,) in rows)


def test_no_audience_is_empty_or_everybody(world: World) -> None:
    """The examples would teach little: each of them tells some households from the others."""
    everybody = world.connection.execute("SELECT count(*) FROM us.people").fetchone()
    assert everybody == (2469,)
    assert {key: len(world.members(key)) for key in KEYS if not 0 < len(world.members(key)) < 2469} == {}
