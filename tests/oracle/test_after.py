"""What follows a rule, as SQL, on cases small enough to work out by hand from the language's description."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from plateia.catalogue import ValueType
from plateia.errors import Location
from plateia.rules.tree import (
    Audience,
    AudienceNode,
    Condition,
    Duration,
    EventNode,
    Group,
    Last,
    Measure,
    Membership,
    Shape,
    TraitNode,
)  # fmt: skip
from plateia.rules.tree import Test as Check
from tests.oracle.after import Change
from tests.oracle.query import World, connect

AS_OF = datetime(2018, 1, 1, 5, tzinfo=UTC)
TEXT, LONG, DOUBLE = map(ValueType, ("string", "long", "double"))
_DATA = """
    CREATE SCHEMA us;
    CREATE TABLE us.people (person_id VARCHAR, tier VARCHAR, age BIGINT);
    INSERT INTO us.people VALUES ('a', 'x', 30), ('b', 'x', 40), ('c', 'x', NULL), ('d', NULL, 30), ('é', NULL, 30);
    CREATE TABLE us.event_order (person_id VARCHAR, "at" TIMESTAMP, amount DOUBLE);
    INSERT INTO us.event_order VALUES ('a', '2017-12-01', 9), ('c', '2017-12-01', 4), ('c', '2017-12-02', 6),
        ('b', '2018-01-02', 99), ('d', '2017-12-01', 'nan')"""

X = TraitNode("tier", TEXT, Condition((Check("eq", "x"),)))
EVERYBODY = Group("none", (TraitNode("age", LONG, Condition((Check("eq", 0),))),))
AGE = TraitNode("age", LONG, Condition(()))
SPENT = EventNode("order", Measure("sum", None, "amount", DOUBLE))


def days(amount: int) -> Duration:
    return Duration(amount, "d")


def run(days_ago: int, came: str = "", went: str = "") -> Change:
    return AS_OF - timedelta(days=days_ago), frozenset(came), frozenset(went)


def named(key: str, rule: Group | TraitNode | AudienceNode, **options: object) -> Audience:
    return replace(Audience(key, key, "tests", ("us",), rule, "", Location()), **options)  # type: ignore[arg-type]


def found(audience: Audience, *others: Audience, history: dict[str, list[Change]] | None = None) -> str:
    connection = connect()
    connection.execute(_DATA)
    audiences = {a.key: a for a in (audience, *others)}
    world = World(connection, "us", ZoneInfo("America/New_York"), AS_OF, audiences, history or {})
    return "".join(sorted(world.members(audience.key)))


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        pytest.param(Shape(AGE, "desc", 2), "ab", id="a tie goes to the lesser id"),
        pytest.param(Shape(AGE, "asc", 4), "abdé", id="missing ranks last going up"),
        pytest.param(Shape(AGE, "desc", 4), "abdé", id="and going down"),
        pytest.param(Shape(AGE, "desc", 1, "tier"), "bd", id="who lacks the trait are a group"),
        pytest.param(Shape(SPENT, "desc", 2), "ac", id="a sum, of what is before as_of"),
        pytest.param(Shape(SPENT, "asc", 3), "bdé", id="a sum of nothing is 0, not missing"),
    ],
)
def test_shape_keeps_the_first(shape: Shape, expected: str) -> None:
    assert found(named("asked", EVERYBODY, shape=shape)) == expected


@pytest.mark.parametrize(
    ("stay", "history", "expected"),
    [
        pytest.param(Membership(days(9)), [], "abc", id="without a history the rule decides"),
        pytest.param(Membership(days(9)), [run(8, "d")], "abcd", id="young members stay"),
        pytest.param(Membership(days(9)), [run(9, "d")], "abc", id="until the stretch is over, to the instant"),
        pytest.param(Membership(days(9)), [run(20, "d"), run(8, "", "d")], "abc", id="who left is no member"),
        pytest.param(Membership(None, days(9)), [run(9, "a"), run(8, "b")], "bc", id="max_stay ends a stay"),
        pytest.param(
            Membership(None, days(9)), [run(9, "a"), run(3, "", "a")], "abc", id="without a cooldown they come again"
        ),
        pytest.param(
            Membership(None, None, days(9)),
            [run(30, "ab"), run(9, "", "a"), run(8, "", "b")],
            "ac",
            id="cooldown from the run that took them out",
        ),
    ],
)
def test_membership(stay: Membership, history: list[Change], expected: str) -> None:
    assert found(named("asked", X, membership=stay), history={"asked": history}) == expected


def test_exclude_beats_the_least_stay() -> None:
    asked = named("asked", X, membership=Membership(days(9)), exclude=("others",))
    others = named("others", TraitNode("age", LONG, Condition((Check("eq", 30),))))
    assert found(asked, others, history={"asked": [run(1, "ad")]}) == "bc"


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        pytest.param([], "abc", id="a first publication is an entry, at as_of"),
        pytest.param([run(7, "ab")], "abc", id="the first instant of the window counts"),
        pytest.param([run(8, "ab")], "c", id="an earlier entry does not"),
        pytest.param([run(8, "ab"), run(6, "", "a")], "ac", id="who left and comes back enters again"),
        pytest.param([run(6, "d"), run(5, "", "d")], "abcd", id="who entered and left did enter"),
    ],
)
def test_entered(history: list[Change], expected: str) -> None:
    asked = named("asked", AudienceNode("x", Last(days(7))))
    assert found(asked, named("x", X), history={"x": history}) == expected


def test_priority_takes_out_the_members_of_higher_audiences_after_the_shape() -> None:
    higher = named("higher", X, shape=Shape(AGE, "desc", 1))
    assert found(named("asked", X, shape=Shape(AGE, "desc", 2), yields_to=("higher",)), higher) == "a"
