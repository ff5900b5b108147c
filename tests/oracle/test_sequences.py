"""Sequences as SQL, on cases small enough to work out by hand from the language's description."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from plateia.catalogue import ValueType
from plateia.errors import Location
from plateia.rules.tree import Audience, Binding, Condition, Duration, Last, PropertyTest, SequenceNode, Step
from plateia.rules.tree import Test as Check
from tests.oracle.query import World, connect

# ana: views tea, then rum, buys tea within the hour. bo: buys, then views, in one instant. cy: views rum twice, with a
# call between, buys rum 5 days later. di: views what has no name, buys what has none. ed: views an hour before as_of.
_EVENTS = """
    CREATE SCHEMA us;
    CREATE TABLE us.people AS SELECT unnest(['ana', 'bo', 'cy', 'di', 'ed']) AS person_id;
    CREATE TABLE us.event_view (person_id VARCHAR, "at" TIMESTAMP, event_id VARCHAR, item VARCHAR);
    INSERT INTO us.event_view VALUES
        ('ana', '2017-12-01 10:00:00', 'v1', 'tea'), ('ana', '2017-12-01 10:30:00', 'v2', 'rum'),
        ('bo', '2017-12-02 10:00:00', 'v3', 'tea'),
        ('cy', '2017-12-03 10:00:00', 'v4', 'rum'), ('cy', '2017-12-05 10:00:00', 'v5', 'rum'),
        ('di', '2017-12-04 10:00:00', 'v6', NULL), ('ed', '2018-01-01 04:00:00', 'v7', 'tea');
    CREATE TABLE us.event_order (person_id VARCHAR, "at" TIMESTAMP, event_id VARCHAR, item VARCHAR);
    INSERT INTO us.event_order VALUES
        ('ana', '2017-12-01 11:00:00', 'o1', 'tea'), ('bo', '2017-12-02 10:00:00', 'o2', 'tea'),
        ('cy', '2017-12-10 10:00:00', 'o3', 'rum'), ('di', '2017-12-04 11:00:00', 'o4', NULL);
    CREATE TABLE us.event_call (person_id VARCHAR, "at" TIMESTAMP, event_id VARCHAR);
    INSERT INTO us.event_call VALUES ('cy', '2017-12-04 10:00:00', 'c1')"""

VIEW, ORDER, CALL = Step("view", name="v"), Step("order"), Step("call", negated=True)
SAME = (Binding("item", "v", "item"),)
RUM = PropertyTest("item", ValueType("string"), Condition((Check("eq", "rum"),)))


def hours(amount: int) -> Duration:
    return Duration(amount, "h")


def found(node: SequenceNode) -> list[str]:
    connection = connect()
    connection.execute(_EVENTS)
    asked = Audience("asked", "asked", "tests", ("us",), node, "", Location())
    as_of = datetime(2018, 1, 1, 5, tzinfo=UTC)
    return sorted(World(connection, "us", ZoneInfo("America/New_York"), as_of, {"asked": asked}).members("asked"))


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        pytest.param(SequenceNode((VIEW, ORDER)), ["ana", "cy", "di"], id="of one instant, order comes before view"),
        pytest.param(SequenceNode((ORDER, VIEW)), ["bo"], id="and so the other way round it is a chain"),
        pytest.param(SequenceNode((VIEW, Step("order", same=SAME))), ["ana", "cy"], id="missing equals no missing"),
        pytest.param(
            SequenceNode((VIEW, Step("order", same=SAME, after_max=hours(1)))), ["ana"], id="the bound counts"
        ),
        pytest.param(
            SequenceNode((VIEW, Step("order", same=SAME, after_max=Duration(59, "min")))),
            [],
            id="a minute less is too short",
        ),
        pytest.param(SequenceNode((VIEW, Step("order", after_min=hours(120)))), ["cy"], id="after at least"),
        pytest.param(SequenceNode((VIEW, Step("view"))), ["ana", "cy"], id="two events of a type"),
        pytest.param(SequenceNode((VIEW, Step("view"), ORDER), within=hours(1)), ["ana"], id="within the whole chain"),
        pytest.param(SequenceNode((VIEW, CALL, Step("view"))), ["ana"], id="not between its neighbours"),
        pytest.param(SequenceNode((VIEW, CALL, ORDER)), ["ana", "cy", "di"], id="another chain has no call"),
        pytest.param(
            SequenceNode((Step("view"), Step("view", RUM, negated=True), ORDER)),
            ["ana", "cy", "di"],
            id="a negated step looks only between the two",
        ),
        pytest.param(
            SequenceNode((VIEW, Step("order", negated=True, quiet_for=hours(2)))), ["bo", "cy"], id="nothing after it"
        ),
        pytest.param(
            SequenceNode((VIEW, Step("order", negated=True, quiet_for=hours(1)))),
            ["ana", "bo", "cy", "di", "ed"],
            id="up to, and not at the end of the time, which may be as_of",
        ),
        pytest.param(SequenceNode((VIEW, ORDER), window=Last(Duration(24, "d"))), [], id="every step in the window"),
    ],
)
def test_sequences(node: SequenceNode, expected: list[str]) -> None:
    assert found(node) == expected
