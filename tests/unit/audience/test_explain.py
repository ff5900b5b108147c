"""Why in, why out: the truth of every node and the value behind it."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa

from plateia.rules import tree
from tests.unit.audience.table_reader import AS_OF, DOUBLE, LONG, TableReader, audience, compiled, count, people, trait
from transforms.audience.explain import Explanation, explain_person

_SPENT = tree.EventNode("buy", tree.Measure("sum", tree.Condition((tree.Test("gte", Decimal(100)),)), "amount", DOUBLE))
_RULE = tree.Group("all", (trait("age", 18, LONG, "gte"), tree.Group("any", (count("buy", 3), _SPENT))))


def explained(ordinal: int) -> Explanation:
    reader = TableReader(
        people(3, age=pa.array([20, None, 30], pa.int64())),
        {
            "buy": pa.table(
                {
                    "ordinal": pa.array([0, 0, 0, 2], pa.int32()),
                    "at": pa.array([AS_OF.replace(year=2017)] * 4, pa.timestamp("us", tz="UTC")),
                    "amount": pa.array([33.33, 33.33, 33.34, 5.0], pa.float64()),
                }
            )
        },
    )
    plan = compiled([audience("a", _RULE, exclude=("b",)), audience("b", trait("age", 30, LONG))], outlined={"a"})
    return explain_person(plan, reader, ordinal, audience="a")


def facts(node: Explanation) -> object:
    """Truth and value of a node and those below it."""
    children = node["children"]
    assert isinstance(children, list)
    assert isinstance(node["text"], str)
    assert node["text"]
    return (node["truth"], node["value"], *[facts(child) for child in children])


def test_a_member() -> None:
    assert facts(explained(0)) == (
        True, None, (True, None, (True, 20), (True, None, (True, 3), (True, "100.000000"))), (False, None),
    )  # fmt: skip


def test_a_person_with_missing_values_and_no_events() -> None:
    assert facts(explained(1)) == (
        False, None, (False, None, (False, None), (False, None, (False, 0), (False, "0.000000"))), (False, None),
    )  # fmt: skip


def test_an_excluded_person() -> None:
    assert facts(explained(2)) == (
        False, None, (False, None, (True, 30), (False, None, (False, 1), (False, "5.000000"))), (True, None),
    )  # fmt: skip


def test_a_person_without_a_row_is_nowhere() -> None:
    assert explained(3_000)["truth"] is False


def test_the_excluded_audience_is_named() -> None:
    children = explained(2)["children"]
    assert isinstance(children, list)
    assert "b" in str(children[1]["text"])
