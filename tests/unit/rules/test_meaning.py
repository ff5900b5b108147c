"""What sound rules mean: one line of YAML, and the tree that it is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from plateia.catalogue import ValueType
from plateia.config import Plain
from plateia.errors import Problem
from plateia.rules.tree import (
    Ago,
    AudienceNode,
    Binding,
    Condition,
    Consent,
    Dates,
    Days,
    Duration,
    EventNode,
    FilterGroup,
    Group,
    Guards,
    Hop,
    Last,
    ListNode,
    Measure,
    Membership,
    Next,
    NOf,
    Previous,
    PropertyTest,
    Refresh,
    RelatedNode,
    ScoreNode,
    SequenceNode,
    Shape,
    Split,
    Step,
    This,
    TraitNode,
    Window,
)
from plateia.rules.tree import Test as Check
from tests.unit.rules.shop import CATALOGUE, parse, read, written

STRING, LONG, DOUBLE = ValueType("string"), ValueType("long"), ValueType("double")
ONCE = Measure("count", Condition((Check("gte", 1),)))
DAY = Duration(1, "d")
MIDNIGHT = datetime.fromisoformat("2018-01-31")
SIX = datetime.fromisoformat("2018-01-31T18:00")


def _typed(value: object) -> object:
    """A value with its type: 1, 1.0, True and Decimal(1) are equal, but not the same here."""
    return tuple(map(_typed, value)) if isinstance(value, tuple) else (type(value), value)


@pytest.mark.parametrize(
    ("trait", "condition", "checks"),
    [
        pytest.param("city", "Lima", (Check("eq", "Lima"),), id="a scalar is eq"),
        pytest.param("city", "[Lima, Rome]", (Check("in", ("Lima", "Rome")),), id="a list is in"),
        pytest.param("city", "NO", (Check("eq", "NO"),), id="text is what the author wrote"),
        pytest.param("city", "012", (Check("eq", "012"),), id="digits compared with text stay text"),
        pytest.param("city", '""', (Check("eq", ""),), id="empty text is text"),
        pytest.param("visits", "12", (Check("eq", 12),), id="a long is an int"),
        pytest.param("visits", "'12'", (Check("eq", 12),), id="quotes make no difference"),
        pytest.param("visits", "-9223372036854775808", (Check("eq", -(2**63)),), id="the least long"),
        pytest.param("spend", "12", (Check("eq", 12.0),), id="a double is a float"),
        pytest.param("spend", "{gt: 1e3}", (Check("gt", 1000.0),), id="numbers follow JSON"),
        pytest.param("credit", "12.50", (Check("eq", Decimal("12.5")),), id="a decimal is exact"),
        pytest.param("vip", "false", (Check("eq", False),), id="false is a boolean"),
        pytest.param("born", "{lt: 2000-02-29}", (Check("lt", date(2000, 2, 29)),), id="a date"),
        pytest.param(
            "seen", "{gte: 2018-01-31T18:00}", (Check("gte", SIX),), id="naive is site-local"
        ),
        pytest.param(
            "seen",
            "{gte: 2018-01-31T18:00Z}",
            (Check("gte", datetime(2018, 1, 31, 18, tzinfo=UTC)),),
            id="with an offset",
        ),
        pytest.param(
            "seen", "{gte: 2018-01-31}", (Check("gte", MIDNIGHT),), id="a date is its midnight"
        ),
        pytest.param("visits", "{gte: 1, lt: 9}", (Check("lt", 9), Check("gte", 1)), id="operators all hold"),
        pytest.param("visits", "{between: [1, 2]}", (Check("between", (1, 2)),), id="between"),
        pytest.param("visits", "{between: [2, 2]}", (Check("between", (2, 2)),), id="between one value"),
        pytest.param("visits", "{not_in: [1]}", (Check("not_in", (1,)),), id="not_in"),
        pytest.param("visits", "{missing: true}", (Check("missing", True),), id="missing"),
        pytest.param("city", "{matches: 'L.+'}", (Check("matches", "L.+"),), id="matches"),
        pytest.param("tags", "{any_of: [a, b]}", (Check("any_of", ("a", "b")),), id="any_of"),
        pytest.param("tags", "{size: 2}", (Check("size", Condition((Check("eq", 2),))),), id="size is a condition"),
        pytest.param("born", "{last: 30d}", (Check("window", Last(Duration(30, "d"))),), id="a window on a date"),
        pytest.param("born", "{next: 2w}", (Check("window", Next(Duration(2, "w"))),), id="the future of a date"),
        pytest.param("seen", "{last: 6h}", (Check("window", Last(Duration(6, "h"))),), id="hours of an instant"),
        pytest.param("born", "{this: month, ne: 2018-01-01}", None, id="a window beside an operator"),
        pytest.param("born", "{anniversary_in: {next: 7d}}", None, id="an anniversary"),
    ],
)  # fmt: skip
def test_values_have_the_type_of_the_trait(
    trait: str, condition: str, checks: tuple[Check, ...] | None, tmp_path: Path
) -> None:
    node = written(f"{{trait: {trait}, is: {condition}}}", tmp_path)
    assert isinstance(node, TraitNode)
    if checks is None:
        assert {check.op for check in node.condition.tests} <= {"window", "anniversary_in", "ne"}
    else:
        assert node == TraitNode(trait, CATALOGUE.traits[trait].type, Condition(checks))
        assert [_typed(check.value) for check in node.condition.tests] == [_typed(check.value) for check in checks]


def test_ignore_case_is_part_of_the_condition(tmp_path: Path) -> None:
    node = written("{trait: city, is: {eq: lima, ignore_case: true}}", tmp_path)
    assert node == TraitNode("city", STRING, Condition((Check("eq", "lima"),), ignore_case=True))


@pytest.mark.parametrize(
    ("text", "window"),
    [
        pytest.param("{last: 90min}", Last(Duration(90, "min")), id="last"),
        pytest.param("{from: 90d, to: 30d}", Ago(Duration(90, "d"), Duration(30, "d")), id="from to"),
        pytest.param("{days: 30}", Days(30), id="days"),
        pytest.param("{this: quarter}", This("quarter"), id="this"),
        pytest.param("{previous: week}", Previous("week"), id="previous"),
        pytest.param("{since: 2018-01-01}", Dates(date(2018, 1, 1), None), id="since"),
        pytest.param("{until: 2018-01-01}", Dates(None, date(2018, 1, 1)), id="until"),
        pytest.param("{since: 2017-01-01, until: 2018-01-01}", Dates(date(2017, 1, 1), date(2018, 1, 1)), id="both"),
    ],
)
def test_every_form_of_window(text: str, window: Window, tmp_path: Path) -> None:
    assert written(f"{{event: order, window: {text}}}", tmp_path) == EventNode("order", ONCE, None, window)


PRODUCT_A = PropertyTest("product", STRING, Condition((Check("eq", "a"),)))
TWO_UNITS = PropertyTest("units", LONG, Condition((Check("gte", 2),)))


@pytest.mark.parametrize(
    ("text", "where"),
    [
        pytest.param("{product: a}", PRODUCT_A, id="one property"),
        pytest.param("{product: a, units: {gte: 2}}", FilterGroup("all", (PRODUCT_A, TWO_UNITS)), id="all must hold"),
        pytest.param("{any: [{product: a}]}", FilterGroup("any", (PRODUCT_A,)), id="any"),
        pytest.param(
            "{none: [{all: [{product: a}, {units: {gte: 2}}]}]}",
            FilterGroup("none", (FilterGroup("all", (PRODUCT_A, TWO_UNITS)),)),
            id="nested",
        ),
    ],
)
def test_filters(text: str, where: FilterGroup, tmp_path: Path) -> None:
    assert written(f"{{event: order, where: {text}}}", tmp_path) == EventNode("order", ONCE, where)


@pytest.mark.parametrize(
    ("text", "measure"),
    [
        pytest.param(
            "count: 0", Measure("count", Condition((Check("eq", 0),))), id="count of nothing may be asked for"
        ),
        pytest.param(
            "sum: {of: amount, is: {gte: 9.5}}",
            Measure("sum", Condition((Check("gte", Decimal("9.5")),)), "amount", DOUBLE),
            id="a sum of doubles is compared as a decimal",
        ),
        pytest.param(
            "sum: {of: units, is: 9}",
            Measure("sum", Condition((Check("eq", Decimal(9)),)), "units", LONG),
            id="a sum of longs, too",
        ),
        pytest.param(
            "avg: {of: units, is: 2.5}", Measure("avg", Condition((Check("eq", 2.5),)), "units", LONG), id="an average"
        ),
        pytest.param(
            "max: {of: due, is: {missing: true}}",
            Measure("max", Condition((Check("missing", True),)), "due", ValueType("date")),
            id="the greatest of nothing is missing",
        ),
        pytest.param(
            "distinct: {of: product, is: 2}",
            Measure("distinct", Condition((Check("eq", 2),)), "product", STRING),
            id="distinct values are counted",
        ),
        pytest.param("days: {gte: 3}", Measure("days", Condition((Check("gte", 3),))), id="distinct local days"),
        pytest.param("first: {last: 1d}", Measure("first", window=Last(DAY)), id="the first ever lies in a window"),
        pytest.param("last: {this: day}", Measure("last", window=This("day")), id="the last ever lies in a window"),
    ],
)
def test_measures(text: str, measure: Measure, tmp_path: Path) -> None:
    node = written(f"{{event: order, {text}}}", tmp_path)
    assert node == EventNode("order", measure)
    assert isinstance(node, EventNode)
    if measure.condition and node.measure.condition:
        assert _typed(node.measure.condition.tests[0].value) == _typed(measure.condition.tests[0].value)


VIP = TraitNode("vip", ValueType("boolean"), Condition((Check("eq", True),)))


@pytest.mark.parametrize(
    ("text", "node"),
    [
        *(
            pytest.param(f"{{{op}: [{{trait: vip, is: true}}]}}", Group(op, (VIP,)), id=op)
            for op in ("all", "any", "none", "xor")
        ),
        pytest.param("{n_of: {n: 1, of: [{trait: vip, is: true}]}}", NOf(1, (VIP,)), id="n_of"),
        pytest.param("{audience: other-one}", AudienceNode("other-one"), id="audience"),
        pytest.param(
            "{audience: other-one, entered: {last: 1d}}", AudienceNode("other-one", Last(DAY)), id="audience entered"
        ),
        pytest.param(
            "{score: fit, is: {gte: 0.5}}", ScoreNode("fit", Condition((Check("gte", 0.5),))), id="score by value"
        ),
        pytest.param("{score: fit, top: 10%}", ScoreNode("fit", top=Decimal("0.1")), id="score by share"),
        pytest.param("{related: [owns, sells]}", RelatedNode((Hop("owns"), Hop("sells")), ONCE), id="related counts"),
        pytest.param(
            "{related: [owns], every: {role: boss}}",
            RelatedNode((Hop("owns"),), every=PropertyTest("role", STRING, Condition((Check("eq", "boss"),)))),
            id="related every",
        ),
        pytest.param(
            "{related: [{relation: owns, where: {role: boss}}, sells], sum: {of: price, is: {gt: 1}}}",
            RelatedNode(
                (Hop("owns", PropertyTest("role", STRING, Condition((Check("eq", "boss"),)))), Hop("sells")),
                Measure("sum", Condition((Check("gt", Decimal(1)),)), "price", DOUBLE),
            ),
            id="related sums the last rows",
        ),
        pytest.param(
            "{sequence: [{event: view, as: v}, {not: {event: view, same: {product: v.product}}},"
            " {event: order, where: {units: {gte: 2}}, same: {product: v.product}, after: {min: 1d, max: 1d}},"
            " {not: {event: order}, for: 1d}], within: 1d, window: {days: 1}}",
            SequenceNode(
                (
                    Step("view", name="v"),
                    Step("view", same=(Binding("product", "v", "product"),), negated=True),
                    Step("order", TWO_UNITS, same=(Binding("product", "v", "product"),), after_min=DAY, after_max=DAY),
                    Step("order", negated=True, quiet_for=DAY),
                ),
                DAY,
                Days(1),
            ),
            id="sequence",
        ),
    ],
)
def test_nodes(text: str, node: object, tmp_path: Path) -> None:
    assert written(text, tmp_path) == node


@pytest.mark.parametrize(
    ("file", "resolved"),
    [
        pytest.param("ids.csv", "configs/ids.csv", id="beside the YAML file"),
        pytest.param("lists/ids.csv", "configs/lists/ids.csv", id="in a folder below"),
        pytest.param("lists/../ids.csv", "configs/ids.csv", id="a way out and in again"),
        pytest.param("'${data}/ids.csv'", "data/ids.csv", id="under a variable"),
    ],
)
def test_lists_are_resolved(file: str, resolved: str, tmp_path: Path) -> None:
    for place in ("configs/ids.csv", "configs/lists/ids.csv", "data/ids.csv"):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).write_text("person_id\n")
    (document,) = read(f"{{audience: listed, sites: all, rule: {{list: {file}}}}}", tmp_path / "configs")
    audience, problems = parse(document, tmp_path / "configs")
    assert audience is not None, problems
    assert audience.rule == ListNode(str((tmp_path / resolved).resolve()))


def test_a_list_on_a_remote_store_is_not_looked_for(tmp_path: Path) -> None:
    assert written("{list: '${bucket}/ids.csv'}", tmp_path) == ListNode("s3://bucket/lists/ids.csv")


def test_a_link_does_not_lead_out_of_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "configs").mkdir()
    (tmp_path / "secret.csv").write_text("person_id\n")
    (tmp_path / "configs/ids.csv").symlink_to(tmp_path / "secret.csv")
    (document,) = read("{audience: listed, sites: all, rule: {list: ids.csv}}", tmp_path / "configs")
    audience, problems = parse(document, tmp_path / "configs")
    assert audience is None
    assert "inside the configuration folder" in str(problems[0])


WHOLE = """
audience: whole
title: Everything said
owner: growth
sites: [us, br]
refresh: {every: 6h}
rule: {trait: vip, is: true}
exclude: [others]
consent: {purpose: ads, missing: deny}
membership: {min_stay: 1d, max_stay: 2w, cooldown: 12h}
shape: {rank_by: {event: order, sum: {of: amount}, window: {last: 1d}}, per: city, limit: 10}
split: {salt: exp-1, parts: {control: 10%, a: 45%, b: 45%}, stratify: [tier]}
priority: spring
guards: {min_size: 100, max_size: 5000, max_change: 30%}
destinations: [{id: gam, delivery: delta}]
"""


def test_everything_that_is_said_of_an_audience(tmp_path: Path) -> None:
    (document,) = read(WHOLE, tmp_path)
    audience, problems = parse(document, tmp_path)
    assert problems == []
    assert audience is not None
    assert (audience.key, audience.title, audience.owner) == ("whole", "Everything said", "growth")
    assert audience.sites == ("br", "us")
    assert audience.rule == VIP
    assert audience.where.line is not None
    assert audience.refresh == Refresh(every=Duration(6, "h"))
    assert audience.exclude == ("others",)
    assert audience.consent == Consent("ads")
    assert audience.membership == Membership(DAY, Duration(2, "w"), Duration(12, "h"))
    spend = EventNode("order", Measure("sum", of="amount", of_type=DOUBLE), window=Last(DAY))
    assert audience.shape == Shape(spend, "desc", 10, "city")
    shares = (("control", Decimal("0.1")), ("a", Decimal("0.45")), ("b", Decimal("0.45")))
    assert audience.split == Split("exp-1", shares, ("tier",))
    assert audience.priority == "spring"
    assert audience.yields_to == ("first", "second")
    assert audience.guards == Guards(100, 5000, Decimal("0.3"))
    assert audience.destinations == ({"id": "gam", "delivery": "delta"},)


def test_the_least_that_an_audience_says(tmp_path: Path) -> None:
    (document,) = read("{audience: least, sites: all, rule: {trait: vip, is: true}}", tmp_path)
    audience, _ = parse(document, tmp_path)
    assert audience is not None
    assert audience.title == "least"
    assert audience.sites == ("ar", "br", "us")
    assert audience.refresh == Refresh()
    assert audience.guards == Guards()


def test_layout_and_quotes_do_not_change_the_definition(tmp_path: Path) -> None:
    flow, block = read(
        "{audience: least, sites: [us], rule: {trait: visits, is: 3}}\n"
        "---\nrule:\n  is: '3'\n  trait: visits\nsites:\n- us\naudience: \"least\"\n",
        tmp_path,
    )
    first, _ = parse(flow, tmp_path)
    second, _ = parse(block, tmp_path)
    assert first is not None
    assert second is not None
    assert first.definition_hash == second.definition_hash
    assert first == second


@pytest.mark.parametrize(
    ("condition", "warned"),
    [
        pytest.param("gold", [], id="a value of the closed set"),
        pytest.param("golden", ["rule.is"], id="a value outside of it"),
        pytest.param("[gold, golden, silver, bronze]", ["rule.is[1]", "rule.is[3]"], id="some of several"),
        pytest.param("{starts_with: go}", [], id="parts of values are not compared with it"),
    ],
)
def test_a_value_outside_a_closed_set_is_a_warning(condition: Plain, warned: list[str], tmp_path: Path) -> None:
    (document,) = read(f"{{audience: tiers, sites: all, rule: {{trait: tier, is: {condition}}}}}", tmp_path)
    warnings: list[Problem] = []
    audience, problems = parse(document, tmp_path, warnings)
    assert audience is not None
    assert problems == []
    assert [warning.where.path for warning in warnings] == warned
