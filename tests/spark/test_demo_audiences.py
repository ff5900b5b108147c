"""Every audience of the demo, as published, equals one SQL query over the raw files; parts have their share of it."""

from __future__ import annotations

import math
import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from jobs import build_audiences
from plateia.rules.tree import published_keys
from plateia.workspace import load_workspace
from tests.lakes import REPOSITORY, BuiltLake
from tests.oracle import demo
from tests.oracle.query import World, connect
from tests.published import person_ids, published_members

AUDIENCES = load_workspace(REPOSITORY / "configs").audiences
KEYS = sorted(AUDIENCES)
SPLITS = [key for key in KEYS if AUDIENCES[key].split]
MIDNIGHT = datetime(2018, 1, 1, 5, tzinfo=UTC)
HISTORIC = ("big-spenders", "monthly-regulars", "tasting-panel", "welcome-big-spenders")

Members = dict[tuple[str, str], frozenset[str]]


@pytest.fixture(scope="module")
def world(demo_lake: BuiltLake) -> World:
    connection = connect()
    demo.load(connection)
    audiences = load_workspace(demo_lake.configs).audiences
    return World(connection, "us", ZoneInfo("America/New_York"), MIDNIGHT, audiences)


@pytest.fixture(scope="module")
def published(demo_lake: BuiltLake) -> Members:
    return published_members(demo_lake.lake)


def test_the_demo_builds_without_a_complaint(demo_lake: BuiltLake) -> None:
    assert demo_lake.exits == {"refresh-warehouse": 0, "build-audiences": 0}


def test_every_audience_of_the_configuration_is_published(published: Members) -> None:
    keys = [key for audience in AUDIENCES.values() for key in published_keys(audience)]
    assert sorted(published) == sorted(("us", key) for key in keys)


@pytest.mark.parametrize("key", KEYS)
def test_members_equal_the_raw_files(key: str, published: Members, world: World) -> None:
    assert published["us", key] == world.members(key)


@pytest.mark.parametrize("key", SPLITS)
def test_parts_share_out_the_whole(key: str, published: Members) -> None:
    """Whose part is whose follows from a hash, which SQL does not repeat: how many are in which is compared."""
    split = AUDIENCES[key].split
    assert split is not None
    whole, parts = published["us", key], [published["us", f"{key}/{name}"] for name, _ in split.parts]
    assert Counter(person for part in parts for person in part) == Counter(whole), "everybody is in one part"
    for (_, share), part in zip(split.parts, parts, strict=True):
        deviation = math.sqrt(len(whole) * share * (1 - share))
        assert abs(len(part) - len(whole) * share) <= 4 * deviation


def test_strata_have_their_share_exact_to_one_household(published: Members, world: World) -> None:
    ages = dict(world.connection.execute("SELECT person_id, age FROM us.people").fetchall())
    whole = Counter(ages[person] for person in published["us", "family-catalogue"])
    assert len(whole) > 3
    for part in ("paper", "online"):
        found = Counter(ages[person] for person in published["us", f"family-catalogue/{part}"])
        assert {age: n for age, n in whole.items() if abs(found[age] - n / 2) > 0.5} == {}


def test_eight_days_later_regulars_stay_and_nobody_is_welcomed_again(
    demo_lake: BuiltLake, world: World, tmp_path: Path
) -> None:
    shutil.copytree(demo_lake.lake, tmp_path / "lake")
    only = [word for key in HISTORIC for word in ("--only", key)]
    options = ["--configs", str(demo_lake.configs), "--lake", str(tmp_path / "lake"), "--quiet"]
    assert build_audiences.main([*only, *options, "--as-of", "2018-01-09"]) == 0
    history = {key: [(MIDNIGHT, world.members(key), frozenset[str]())] for key in HISTORIC}
    later = World(world.connection, "us", world.zone, MIDNIGHT + timedelta(days=8), world.audiences, history)
    found = published_members(tmp_path / "lake")
    for key in HISTORIC:
        assert found["us", key] == later.members(key), key
    assert found["us", "monthly-regulars"] == world.members("monthly-regulars")
    by_rule = World(world.connection, "us", world.zone, later.as_of, world.audiences)
    assert by_rule.members("monthly-regulars") < found["us", "monthly-regulars"], "the rule alone would let some go"
    assert found["us", "welcome-big-spenders"] == frozenset()


def test_the_universe_is_every_household_with_a_transaction(demo_lake: BuiltLake, world: World) -> None:
    rows = world.connection.execute("SELECT person_id FROM us.people").fetchall()
    assert sorted(person_ids(demo_lake.lake)["us"].values()) == sorted(person for (person,) in rows)


def test_no_audience_is_empty_or_everybody(world: World) -> None:
    """The examples would teach little: each of them tells some households from the others."""
    everybody = world.connection.execute("SELECT count(*) FROM us.people").fetchone()
    assert everybody == (2469,)
    assert {key: len(world.members(key)) for key in KEYS if not 0 < len(world.members(key)) < 2469} == {}
