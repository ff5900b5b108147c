"""Limits at their very edge: shares, ages, and what a schema may become."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from plateia.declarations.suites import Limits, Suite
from plateia.errors import Location
from transforms.quality.limits import check_limits, is_wider, schema_changes
from transforms.quality.results import SuiteFacts

AS_OF = datetime(2018, 1, 4, tzinfo=UTC)


def verdicts(limits: Limits, facts: SuiteFacts, *, empty: bool = False) -> dict[str, bool]:
    """Rule, with its join if it has one -> success."""
    suite = Suite("shop", "purchases", None, empty, limits, (), Location())
    results = check_limits(suite, facts, as_of=AS_OF)
    assert {result.severity for result in results} == {"critical"}
    return {result.expectation + (f" {result.column}" if result.column else ""): result.success for result in results}


@pytest.mark.parametrize(
    ("limits", "facts", "told"),
    [
        pytest.param(Limits(), SuiteFacts(1), {"rows_exist": True}, id="no limits"),
        pytest.param(Limits(), SuiteFacts(0), {"rows_exist": False}, id="no rows"),
        pytest.param(
            Limits(quarantined=Decimal("0.01")),
            SuiteFacts(99, quarantined=1),
            {"rows_exist": True, "limit_quarantined": True},
            id="one of a hundred delivered is 1 %",
        ),
        pytest.param(
            Limits(quarantined=Decimal("0.01")),
            SuiteFacts(98, quarantined=1),
            {"rows_exist": True, "limit_quarantined": False},
            id="one of ninety-nine is more than 1 %",
        ),
        pytest.param(
            Limits(quarantined=Decimal("0.5")),
            SuiteFacts(0, quarantined=7),
            {"rows_exist": False, "limit_quarantined": False},
            id="everything refused",
        ),
        pytest.param(
            Limits(duplicates=Decimal(0)),
            SuiteFacts(10, duplicates=0),
            {"rows_exist": True, "limit_duplicates": True},
            id="none allowed, none there",
        ),
        pytest.param(
            Limits(duplicates=Decimal("0.1")),
            SuiteFacts(10, duplicates=2),
            {"rows_exist": True, "limit_duplicates": False},
            id="too many duplicates",
        ),
        pytest.param(
            # 3 of 30 is exactly 10 %, and 0.1 is no float here.
            Limits(unmatched={"products": Decimal("0.1"), "stores": Decimal("0.1")}),
            SuiteFacts(30, unmatched={"products": 3, "stores": 4}),
            {"rows_exist": True, "limit_unmatched products": True, "limit_unmatched stores": False},
            id="each join on its own",
        ),
        pytest.param(
            Limits(age=timedelta(days=2)),
            SuiteFacts(1, newest_at=AS_OF - timedelta(days=2)),
            {"rows_exist": True, "limit_age": True},
            id="as old as allowed",
        ),
        pytest.param(
            Limits(age=timedelta(days=2)),
            SuiteFacts(1, newest_at=AS_OF - timedelta(days=2, microseconds=1)),
            {"rows_exist": True, "limit_age": False},
            id="a microsecond too old",
        ),
        pytest.param(
            Limits(age=timedelta(days=2)),
            SuiteFacts(1, newest_at=AS_OF + timedelta(days=9)),
            {"rows_exist": True, "limit_age": True},
            id="newer than as_of, in a backfill",
        ),
        pytest.param(
            Limits(age=timedelta(days=2)), SuiteFacts(1), {"rows_exist": True, "limit_age": False}, id="no times at all"
        ),
        pytest.param(
            Limits(schema="fixed"), SuiteFacts(1, schema={"a": "int"}), {"rows_exist": True}, id="first delivery"
        ),
        pytest.param(
            Limits(schema="fixed"),
            SuiteFacts(1, schema={"a": "int", "b": "int"}, previous_schema={"a": "int"}),
            {"rows_exist": True, "limit_schema": False},
            id="fixed refuses a new column",
        ),
        pytest.param(
            Limits(schema="widen"),
            SuiteFacts(1, schema={"a": "bigint", "b": "int"}, previous_schema={"a": "int"}),
            {"rows_exist": True, "limit_schema": True},
            id="widen allows a new and a wider column",
        ),
        pytest.param(
            Limits(schema="any"),
            SuiteFacts(1, schema={}, previous_schema={"a": "int"}),
            {"rows_exist": True},
            id="any allows anything",
        ),
    ],
)
def test_limits(limits: Limits, facts: SuiteFacts, told: dict[str, bool]) -> None:
    assert verdicts(limits, facts) == told


def test_an_empty_delivery_is_fine_where_the_suite_says_so() -> None:
    limits = Limits(age=timedelta(days=1), quarantined=Decimal(0))
    assert all(verdicts(limits, SuiteFacts(0), empty=True).values())


@pytest.mark.parametrize(
    ("before", "now", "wider"),
    [
        ("int", "bigint", True),
        ("bigint", "int", False),
        ("int", "double", True),
        ("bigint", "double", False),
        ("float", "double", True),
        ("double", "float", False),
        ("int", "decimal(10,0)", True),
        ("int", "decimal(10,1)", False),
        ("bigint", "decimal(20,1)", True),
        ("decimal(9,2)", "decimal(11,4)", True),
        ("decimal(9,2)", "decimal(10,4)", False),
        ("decimal(9,2)", "decimal(12,1)", False),
        ("decimal(9,2)", "double", False),
        ("date", "timestamp", False),
        ("string", "int", False),
    ],
)
def test_wider_means_that_no_digit_is_lost(before: str, now: str, wider: bool) -> None:
    assert is_wider(before, now) is wider


def test_every_change_of_a_schema_is_named() -> None:
    before = {"kept": "int", "gone": "int", "other": "string", "wide": "int"}
    now = {"kept": "int", "other": "int", "new": "int", "wide": "bigint"}
    assert schema_changes(before, now, widen=True) == ["gone is gone", "other was string and is int"]
    assert schema_changes(before, now, widen=False) == [
        "gone is gone",
        "new is new",
        "other was string and is int",
        "wide was int and is bigint",
    ]
