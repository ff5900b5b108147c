"""Features that repeat the seed's own rule are found by name; wider totals stay."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from plateia.catalogue import ValueType
from plateia.errors import Location
from plateia.rules import tree
from plateia.rules.tree import Condition, EventNode, FilterGroup, Measure, PropertyTest, TraitNode
from transforms.audience.compile_leaf import compile_filter
from transforms.audience.leaves.conditions import Moment
from transforms.features.implied import implies, repeated_columns, seed_leaves
from transforms.features.plan import Feature
from transforms.features.schema import Column

MOMENT = Moment(datetime(2026, 11, 1, tzinfo=UTC), ZoneInfo("UTC"))
TEXT, DOUBLE = ValueType("string"), ValueType("double")


def _text(name: str, op: str, value: object, *, ignore_case: bool = False) -> PropertyTest:
    return PropertyTest(name, TEXT, Condition((tree.Test(op, value),), ignore_case))  # type: ignore[arg-type]


def _number(op: str, value: object) -> PropertyTest:
    return PropertyTest("amount", DOUBLE, Condition((tree.Test(op, value),)))  # type: ignore[arg-type]


DELI = _text("department", "eq", "DELI")
BOTH = _text("department", "in", ("DELI", "MEAT"))


def _all(*items: tree.Filter) -> FilterGroup:
    return FilterGroup("all", items)


@pytest.mark.parametrize(
    ("narrow", "wide", "expected"),
    [
        pytest.param(DELI, DELI, True, id="the same"),
        pytest.param(DELI, BOTH, True, id="one of several"),
        pytest.param(BOTH, DELI, False, id="several are not one"),
        pytest.param(_all(DELI, _number("gte", Decimal(5))), DELI, True, id="one more condition"),
        pytest.param(DELI, _all(DELI, _number("gte", Decimal(5))), False, id="one condition less"),
        pytest.param(_number("gte", Decimal(5)), _number("gt", Decimal(2)), True, id="a higher threshold"),
        pytest.param(_number("gte", Decimal(1)), _number("gt", Decimal(2)), False, id="a lower threshold"),
        pytest.param(FilterGroup("any", (DELI, BOTH)), BOTH, True, id="every alternative"),
        pytest.param(FilterGroup("any", (DELI, _text("brand", "eq", "x"))), BOTH, False, id="not every alternative"),
        pytest.param(DELI, FilterGroup("any", (_text("brand", "eq", "x"), DELI)), True, id="one alternative"),
        pytest.param(DELI, _text("department", "starts_with", "DE"), True, id="a prefix"),
        pytest.param(DELI, _text("department", "ends_with", "DE"), False, id="not that suffix"),
        pytest.param(DELI, _text("department", "missing", False), True, id="it is there"),
        pytest.param(DELI, _text("department", "ne", "MEAT"), True, id="it is not another"),
        pytest.param(DELI, _text("department", "eq", "deli", ignore_case=True), True, id="in any case"),
        pytest.param(_text("department", "eq", "deli", ignore_case=True), DELI, False, id="any case is wider"),
        pytest.param(FilterGroup("none", (DELI,)), DELI, False, id="the opposite"),
        pytest.param(_text("brand", "eq", "DELI"), DELI, False, id="another property"),
    ],
)
def test_implication(narrow: tree.Filter, wide: tree.Filter, expected: bool) -> None:
    assert implies(compile_filter(narrow, "", MOMENT), compile_filter(wide, "", MOMENT)) is expected


def _audience(key: str, rule: tree.Node, exclude: tuple[str, ...] = ()) -> tree.Audience:
    return tree.Audience(key, key, "us", ("mla",), rule, "hash", Location(), exclude=exclude)


ONCE = Measure("count", Condition((tree.Test("gte", 1),)))
PARTS = (
    Feature("spend", "sum", event="buy", of="amount", per="department"),
    Feature("deli_days", "days", event="buy", where=compile_filter(DELI, "", MOMENT)),
    Feature("total", "count", event="buy"),
    Feature("visits", "count", event="visit", per="department"),
    Feature("age", "one_hot", trait="age"),
    Feature("income", "one_hot", trait="income"),
)
COLUMNS = [
    Column(feature, value, 0.0, 0.0, 0.0)
    for feature, value in (
        ("activity", None), ("spend", "DELI"), ("spend", "MEAT"), ("deli_days", None), ("total", None),
        ("visits", "DELI"), ("age", "19-24"), ("income", "15K"),
    )
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "dropped"),
    [
        pytest.param(EventNode("buy", ONCE, DELI), ("spend[DELI]", "deli_days"), id="its filter, whatever the measure"),
        pytest.param(EventNode("buy", ONCE, BOTH), ("spend[DELI]", "spend[MEAT]", "deli_days"), id="narrower ones"),
        pytest.param(
            EventNode("buy", ONCE), ("spend[DELI]", "spend[MEAT]", "deli_days", "total"), id="a total is all there is"
        ),
        pytest.param(TraitNode("age", TEXT, Condition((tree.Test("eq", "65+"),))), ("age[19-24]",), id="its trait"),
        pytest.param(tree.AudienceNode("meat-lovers"), ("spend[MEAT]",), id="the rules it is made of"),
        pytest.param(
            tree.SequenceNode((tree.Step("visit"), tree.Step("buy", DELI))),
            ("spend[DELI]", "deli_days", "visits[DELI]"), id="steps of a sequence",
        ),
        pytest.param(tree.ListNode("x.csv"), (), id="a list has no rule"),
    ],
)  # fmt: skip
def test_columns_that_repeat_the_seed(rule: tree.Node, dropped: tuple[str, ...]) -> None:
    meat = _audience("meat-lovers", EventNode("buy", ONCE, _text("department", "eq", "MEAT")))
    audiences = {"seed": _audience("seed", rule), "meat-lovers": meat}
    leaves = seed_leaves(audiences, "seed", MOMENT)
    assert repeated_columns(COLUMNS, PARTS, leaves) == dropped
