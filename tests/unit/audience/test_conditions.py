"""Conditions that mean the same become the same leaf."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plateia.catalogue import ValueType
from plateia.rules import tree
from plateia.rules.intervals import complement, contains, intersect, next_integer, union
from plateia.rules.tree import Condition, Op
from transforms.audience.leaves.conditions import (
    Doubles,
    Integers,
    Missing,
    Moment,
    Nothing,
    Texts,
    TextTest,
    canonical,
    threshold,
)

INF = math.inf
MOMENT = Moment(datetime(2018, 1, 1, 5, tzinfo=UTC), ZoneInfo("America/New_York"))
LONG, DOUBLE, STRING = ValueType("long"), ValueType("double"), ValueType("string")


def condition(*tests: tuple[Op, object], ignore_case: bool = False) -> Condition:
    return Condition(tuple(tree.Test(op, value) for op, value in tests), ignore_case)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param((("lt", 6),), (("lte", 5),), id="less than 6 is at most 5"),
        pytest.param((("between", (2, 4)),), (("gte", 2), ("lte", 4)), id="between holds both ends"),
        pytest.param((("in", (3, 1, 2)),), (("gt", 0), ("lt", 4)), id="neighbours merge"),
        pytest.param((("ne", 0), ("gte", 0)), (("gt", 0),), id="not zero and not negative"),
        pytest.param((("missing", False), ("eq", 1)), (("eq", 1),), id="a comparison implies a value"),
    ],
)
def test_equal_meanings_are_equal(one: tuple[tuple[Op, object]], other: tuple[tuple[Op, object]]) -> None:
    assert canonical(condition(*one), LONG, MOMENT) == canonical(condition(*other), LONG, MOMENT)


@pytest.mark.parametrize(
    ("tests", "kind", "expected"),
    [
        pytest.param((("missing", True),), LONG, Missing(wanted=True), id="missing"),
        pytest.param((("missing", True), ("eq", 1)), LONG, Nothing(), id="missing and a value"),
        pytest.param((("gt", 5), ("lt", 6)), LONG, Nothing(), id="nothing between 5 and 6"),
        pytest.param((("gt", -0.0),), DOUBLE, Doubles(((5e-324, INF),)), id="above minus zero"),
        pytest.param((("lt", -INF),), DOUBLE, Nothing(), id="below minus infinity"),
        pytest.param((("eq", Decimal("1.005")),), ValueType("decimal", 9, 2), Nothing(), id="finer than the scale"),
        pytest.param((("gte", Decimal("1.005")),), ValueType("decimal", 9, 2), Integers(((101, INF),), 2), id="ceil"),
        pytest.param((("eq", date(1970, 1, 2)),), ValueType("date"), Integers(((1, 1),)), id="days since 1970"),
        pytest.param(
            (("gte", datetime.fromisoformat("1970-01-01T00:00")),),
            ValueType("timestamp"),
            Integers(((5 * 3_600_000_000, INF),)),
            id="a naive instant is local",
        ),
        pytest.param((("ne", True),), ValueType("boolean"), Integers(((-INF, 0), (2, INF))), id="not true"),
    ],
)
def test_canonical_form(tests: tuple[tuple[Op, object]], kind: ValueType, expected: object) -> None:
    assert canonical(condition(*tests), kind, MOMENT) == expected


def test_texts_are_folded_but_patterns_are_not() -> None:
    found = canonical(condition(("eq", "Straße"), ("matches", "S.*"), ignore_case=True), STRING, MOMENT)
    assert found == Texts((TextTest("in", ("strasse",)), TextTest("matches", ("S.*",))), ignore_case=True)


def test_thresholds_of_sums_are_exact() -> None:
    assert threshold(condition(("gt", Decimal("0.0000005"))), 6) == Integers(((1, INF),), 6)


_sets = st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), max_size=4)


@given(_sets, _sets)
def test_interval_algebra_is_that_of_sets(left: list[tuple[int, int]], right: list[tuple[int, int]]) -> None:
    one, other = union(left, next_integer), union(right, next_integer)
    neither = complement(one, next_integer)
    for number in range(-12, 13):
        in_left = any(low <= number <= high for low, high in left)
        in_right = any(low <= number <= high for low, high in right)
        assert contains(one, number) == in_left
        assert contains(neither, number) == (not in_left)
        assert contains(intersect(one, other), number) == (in_left and in_right)
    assert complement(neither, next_integer) == one
