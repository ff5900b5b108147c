"""The oracle on cases small enough to work out by hand from the language's fixed semantics."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from plateia.catalogue import ValueType
from plateia.errors import Location
from plateia.rules.tree import (
    Audience,
    AudienceNode,
    Condition,
    Consent,
    Dates,
    Duration,
    EventNode,
    Filter,
    FilterGroup,
    Group,
    Hop,
    Last,
    ListNode,
    Measure,
    Next,
    Node,
    NOf,
    PropertyTest,
    RelatedNode,
    TraitNode,
)
from plateia.rules.tree import Test as Check
from tests.oracle.query import World, connect

TEXT, LONG, DOUBLE, DAY, ARRAY = map(ValueType, ("string", "long", "double", "date", "array"))
MONEY = ValueType("decimal", 12, 2)

_PEOPLE = """
    CREATE TABLE us.people (person_id VARCHAR, tier VARCHAR, score DOUBLE, age BIGINT, born DATE, tags VARCHAR[]);
    INSERT INTO us.people VALUES
        ('ana', 'gold', 1.5, 30, '1990-01-02', ['vip', 'Straße']),
        ('bo', 'GOLD', 'nan', 40, '2000-02-29', []),
        ('cy', '', -0.0, NULL, NULL, NULL),
        ('di', NULL, NULL, 9007199254740993, '1990-01-01', ['new'])"""

_EVENTS = """
    CREATE TABLE us.event_order (person_id VARCHAR, "at" TIMESTAMP, item VARCHAR, amount DOUBLE, price DECIMAL(12, 2));
    INSERT INTO us.event_order VALUES
        ('ana', '2017-12-31 05:00:00', 'tea', 33.33, 1.10), ('ana', '2017-12-31 06:00:00', 'tea', 33.33, 2.20),
        ('ana', '2018-01-01 04:59:59.999999', 'rum', 33.34, NULL),
        ('ana', '2018-01-01 05:00:00', 'tea', 1000, 1000),
        ('bo', '2017-12-25 05:00:00', NULL, 'nan', 0.01), ('bo', '2017-12-25 04:59:59.999999', 'rum', NULL, 0.02),
        ('cy', '2017-06-01 00:00:00', 'ruM', 0.0078125, 5), ('cy', '2017-06-01 00:00:00', 'rum', 0.0234375, 5)"""


_TIES = """
    CREATE TABLE us.relation_has (start VARCHAR, to_key VARCHAR, colour VARCHAR);
    INSERT INTO us.relation_has VALUES
        ('ana', 'tea', 'red'), ('ana', 'rum', NULL), ('bo', 'tea', NULL), ('bo', 'gone', 'red'), ('di', 'gone', 'red');
    CREATE TABLE us.relation_sold (start VARCHAR, to_key VARCHAR, price DECIMAL(12, 2));
    INSERT INTO us.relation_sold VALUES ('tea', 'acme', 1.10), ('rum', 'acme', NULL), ('rum', 'acme', 2.20);
    CREATE TABLE us.relation_in (start VARCHAR, to_key VARCHAR, km BIGINT);
    INSERT INTO us.relation_in VALUES ('acme', 'rio', 5);
    CREATE TABLE us.consents (person_id VARCHAR, purpose VARCHAR, "at" TIMESTAMP, granted BOOLEAN);
    INSERT INTO us.consents VALUES
        ('ana', 'ads', '2017-01-01', true), ('ana', 'mail', '2017-12-01', false),
        ('ana', 'ads', '2018-01-01 05:00:00', false),
        ('bo', 'ads', '2017-01-02', true), ('bo', 'ads', '2017-01-02', false), ('cy', 'ads', '2017-01-02', false),
        ('cy', 'ads', '2017-01-03', true)"""


def found(rule: Node, *, exclude: Iterable[str] = (), others: Iterable[Audience] = (), consent: str = "") -> list[str]:
    connection = connect()
    connection.execute("CREATE SCHEMA us")
    connection.execute(_PEOPLE)
    connection.execute(_EVENTS)
    connection.execute(_TIES)
    audience = named("asked", rule, exclude=exclude)
    audience = replace(audience, consent=Consent(consent)) if consent else audience
    world = World(
        connection=connection,
        site="us",
        zone=ZoneInfo("America/New_York"),
        as_of=datetime(2018, 1, 1, 5, tzinfo=UTC),
        audiences={a.key: a for a in (audience, *others)},
    )
    return sorted(world.members("asked"))


def named(key: str, rule: Node, *, exclude: Iterable[str] = (), site: str = "us") -> Audience:
    return Audience(key, key, "tests", (site,), rule, "", Location(), exclude=tuple(exclude))


def trait(name: str, kind: ValueType, op: str, value: object, *, ignore_case: bool = False) -> TraitNode:
    return TraitNode(name, kind, Condition((Check(op, value),), ignore_case))  # type: ignore[arg-type]


def orders(op: str, value: object, **options: object) -> EventNode:
    return EventNode("order", Measure("count", Condition((Check(op, value),))), **options)  # type: ignore[arg-type]


def total(of: str, kind: ValueType, op: str, value: object) -> EventNode:
    return EventNode("order", Measure("sum", Condition((Check(op, value),)), of, kind))  # type: ignore[arg-type]


GOLD = trait("tier", TEXT, "eq", "gold")


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        pytest.param(GOLD, ["ana"], id="text is exact"),
        pytest.param(trait("tier", TEXT, "eq", "gold", ignore_case=True), ["ana", "bo"], id="ignore_case"),
        pytest.param(trait("tier", TEXT, "ne", "gold"), ["bo", "cy"], id="ne is false for missing"),
        pytest.param(trait("tier", TEXT, "not_in", ("gold", "GOLD")), ["cy"], id="not_in is false for missing"),
        pytest.param(Group("none", (GOLD,)), ["bo", "cy", "di"], id="none of eq includes missing"),
        pytest.param(trait("tier", TEXT, "missing", True), ["di"], id="missing is not empty"),
        pytest.param(trait("tier", TEXT, "matches", "gol"), [], id="matches the whole value"),
        pytest.param(trait("tier", TEXT, "matches", "g.*", ignore_case=True), ["ana", "bo"], id="matches without case"),
        pytest.param(trait("tier", TEXT, "ends_with", ""), ["ana", "bo", "cy"], id="every text ends with nothing"),
        pytest.param(trait("score", DOUBLE, "missing", True), ["bo", "di"], id="NaN is missing"),
        pytest.param(trait("score", DOUBLE, "gte", 0.0), ["ana", "cy"], id="-0.0 is 0 and NaN is not great"),
        pytest.param(trait("score", DOUBLE, "ne", 1.5), ["cy"], id="NaN is not unequal"),
        pytest.param(trait("age", LONG, "gt", 9007199254740992), ["di"], id="beyond 2^53"),
        pytest.param(trait("age", LONG, "between", (30, 40)), ["ana", "bo"], id="between with both ends"),
        pytest.param(trait("born", DAY, "window", Dates(date(1990, 1, 2), date(2000, 2, 29))), ["ana"], id="dates"),
        pytest.param(trait("born", DAY, "anniversary_in", Next(Duration(2, "d"))), ["ana", "di"], id="anniversary"),
        pytest.param(trait("tags", ARRAY, "any_of", ("STRASSE",), ignore_case=True), ["ana"], id="full folding"),
        pytest.param(trait("tags", ARRAY, "none_of", ("vip",)), ["bo", "di"], id="none_of is false for missing"),
        pytest.param(trait("tags", ARRAY, "all_of", ("vip", "new")), [], id="all_of"),
        pytest.param(trait("tags", ARRAY, "size", Condition((Check("eq", 0),))), ["bo"], id="an empty list has size 0"),
        pytest.param(Group("xor", (GOLD, trait("age", LONG, "eq", 30))), [], id="xor of two truths"),
        pytest.param(NOf(2, (GOLD, trait("age", LONG, "eq", 30), orders("gt", 9))), ["ana"], id="two of three"),
    ],
)
def test_traits_and_groups(rule: Node, expected: list[str]) -> None:
    assert found(rule) == expected


RUM = PropertyTest("item", TEXT, Condition((Check("eq", "rum"),)))
WEEK = Last(Duration(7, "d"))


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        pytest.param(orders("eq", 3), ["ana"], id="nothing at as_of is seen"),
        pytest.param(orders("lte", 2), ["bo", "cy", "di"], id="lte includes who never did"),
        pytest.param(orders("eq", 0), ["di"], id="count of nothing is 0"),
        pytest.param(orders("gte", 1, window=WEEK), ["ana", "bo"], id="a window holds its first instant"),
        pytest.param(orders("eq", 1, window=WEEK), ["bo"], id="and not the microsecond before"),
        pytest.param(orders("gte", 1, where=RUM), ["ana", "bo", "cy"], id="where"),
        pytest.param(orders("gte", 1, where=FilterGroup("none", (RUM,))), ["ana", "bo", "cy"], id="none keeps missing"),
        pytest.param(total("amount", DOUBLE, "eq", Decimal(100)), ["ana"], id="33.33 + 33.33 + 33.34 is 100"),
        pytest.param(total("amount", DOUBLE, "eq", Decimal(0)), ["bo", "di"], id="sums skip missing and NaN"),
        pytest.param(total("amount", DOUBLE, "eq", Decimal("0.03125")), ["cy"], id="halves round to even, each"),
        pytest.param(total("price", MONEY, "eq", Decimal("3.3")), ["ana"], id="decimals as they are"),
        pytest.param(total("price", MONEY, "gt", Decimal("3.2999999")), ["ana", "cy"], id="a bound of more decimals"),
    ],
)
def test_events(rule: Node, expected: list[str]) -> None:
    assert found(rule) == expected


def led(*hops: str | Hop, measure: Measure | None = None, every: Filter | None = None) -> RelatedNode:
    default = None if every else Measure("count", Condition((Check("gte", 1),)))
    return RelatedNode(tuple(Hop(hop) if isinstance(hop, str) else hop for hop in hops), measure or default, every)


def counted(value: int) -> Measure:
    return Measure("count", Condition((Check("eq", value),)))


RED = PropertyTest("colour", TEXT, Condition((Check("eq", "red"),)))
PRICED = PropertyTest("price", MONEY, Condition((Check("gte", Decimal(1)),)))


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        pytest.param(led("has", measure=counted(2)), ["ana", "bo"], id="rows of the person"),
        pytest.param(led("has", "sold", measure=counted(3)), ["ana"], id="rows that two of them lead to"),
        pytest.param(led("has", "sold", measure=counted(0)), ["cy", "di"], id="a way that ends"),
        pytest.param(led("has", "sold", "in", measure=counted(1)), ["ana", "bo"], id="one row over several ways"),
        pytest.param(led(Hop("has", RED), "sold", measure=counted(1)), ["ana"], id="a hop filtered"),
        pytest.param(led("has", every=RED), ["di"], id="every row meets"),
        pytest.param(led("has", "sold", every=PRICED), ["bo"], id="every row that is reached meets, and there is one"),
    ],
)
def test_relations(rule: Node, expected: list[str]) -> None:
    assert found(rule) == expected


def test_consent_is_the_latest_word_and_a_withdrawal_comes_last() -> None:
    assert found(orders("gte", 0), consent="ads") == ["ana", "cy"]
    assert found(orders("gte", 0), consent="ads", exclude=["golden"], others=[named("golden", GOLD)]) == ["cy"]


def test_an_audience_reference_means_its_members_after_its_exclude() -> None:
    others = [named("all", Group("any", (orders("gte", 0),)), exclude=["golden"]), named("golden", GOLD)]
    assert found(AudienceNode("all"), others=others) == ["bo", "cy", "di"]


def test_a_reference_to_an_audience_of_another_site_has_nobody() -> None:
    far = named("far", GOLD, site="mla")
    assert found(Group("none", (AudienceNode("far"),)), others=[far]) == ["ana", "bo", "cy", "di"]


def test_exclude_takes_out_the_members_of_the_named_audience() -> None:
    assert found(orders("gte", 0), exclude=["golden"], others=[named("golden", GOLD)]) == ["bo", "cy", "di"]


def test_a_list_names_people_and_ignores_unknown_ids(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("person_id\nana\nnobody\n", encoding="utf-8")
    assert found(ListNode(str(file))) == ["ana"]
