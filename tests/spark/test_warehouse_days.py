"""Ordinary days of a warehouse: what is late, repeated, new, gone, refused or broken, one refresh after the other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from plateia.errors import LakeError
from tests.spark.warehouse_company import Company, Row

SITES = {
    "br": {"zone": "America/Sao_Paulo", "country": "BR"},
    "us": {"zone": "America/New_York", "country": "US"},
}
_SITE = {"column": "country", "map": {"US": "us", "BR": "br"}}


def _csv(name: str) -> dict[str, Any]:
    return {"format": "csv", "path": f"${{data}}/{name}"}


PEOPLE = {
    "source": "members", "kind": "people", "read": _csv("members.csv"), "site": _SITE, "person": {"column": "id"},
    "traits": {"tier": {"type": "string"}},
}  # fmt: skip
ORDERS = {
    "source": "orders", "kind": "events", "event": "order", "read": _csv("orders"), "site": _SITE,
    "person": {"column": "buyer"}, "at": {"column": "at"}, "id": ["order"], "load": "append",
    "properties": {"amount": {"type": "decimal(9,2)"}, "note": {"type": "string"}},
}  # fmt: skip
VISITS = {
    "source": "visits", "kind": "events", "event": "visit", "read": _csv("visits.csv"), "site": _SITE,
    "person": {"column": "visitor"}, "at": {"column": "at"}, "id": ["visit"], "properties": {},
}  # fmt: skip
SUITES = [
    {
        "suite": "order_amounts", "table": "event_order",
        "expectations": [
            {"type": "expect_column_max_to_be_between", "column": "amount", "max_value": 1_000},
            {"type": "expect_column_values_to_not_be_null", "column": "at"},
        ],
    },
    {"suite": "members", "input": "members", "limits": {"quarantined": {"max": "50%"}}},
]  # fmt: skip

MEMBERS = "country,id,tier\nUS,a,gold\nUS,b,\n"
ORDERS_HEADER = "country,order,buyer,at,amount,note\n"
LATE = "US,o0,B,2020-01-01,1.1,\n"
CORRECTED = "US,o2,c,2024-06-01T13:00:00Z,4,\n"
ORDERS_1 = ORDERS_HEADER + "US,o1,a,2024-03-10T02:30:00,10.00,\nUS,o2,c,2024-06-01T12:00:00Z,5,x\n"


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


VISITS_1 = "country,visit,visitor,at\nUS,v1,d,2024-06-02T00:00:00-04:00\n"


@dataclass
class Day:
    """What a refresh said, and what readers saw after it."""

    said: Row
    pins: dict[str, int]
    ordinals: dict[tuple[str, str], int]
    people: list[tuple[str, int, bool, str | None, str | None]]  # site, ordinal, alive, person, tier
    orders: list[tuple[str, str, str, datetime, Decimal, str | None]]  # site, id, person, at, amount, note
    visits: list[tuple[str, str, str]]  # site, id, person

    @property
    def alive(self) -> dict[str, str | None]:
        """Person -> tier; the tests use no name on two sites."""
        return {person: tier for _, _, alive, person, tier in self.people if alive and person}

    def of(self, **named: str) -> Row:
        """The result row of a source or table."""
        key, name = next(iter(named.items()))
        return next(row for row in self.said["results"] if row.get(key) == name)


def _day(company: Company, *options: str) -> Day:
    said = company.refresh(*options)
    people = company.table("people")
    rows = people.select("site", "ordinal", "alive", "person_id", "tier").sort("site", "ordinal").rows()
    orders = [
        tuple(e[c] for c in ("site", "event_id", "person", "at", "amount", "note")) for e in company.events("order")
    ]
    visits = [(e["site"], e["event_id"], e["person"]) for e in company.events("visit")]
    return Day(said, company.pins(), company.ordinals(), rows, orders, visits)  # type: ignore[arg-type] # rows of polars


@pytest.fixture(scope="module")
def days(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Day]:
    """One lake through eleven refreshes, in this order."""
    request.getfixturevalue("spark")  # the tests' one session, which the command finds running
    company = Company(tmp_path_factory.mktemp("days"))
    company.configure(sites=SITES, sources=[PEOPLE, ORDERS, VISITS], suites=SUITES)
    company.write("members.csv", MEMBERS)
    company.write("orders/1.csv", ORDERS_1)
    company.write("visits.csv", VISITS_1)
    seen = {"first": _day(company), "again": _day(company)}

    company.write("orders/2.csv", ORDERS_HEADER + LATE + ORDERS_1.removeprefix(ORDERS_HEADER) + CORRECTED)
    seen["late and redelivered"] = _day(company)

    company.write("members.csv", MEMBERS + "BR,ana,silver\n")
    company.write("visits.csv", VISITS_1 + "BR,v1,zé,2024-06-02T00:00:00\n")
    seen["only us"] = _day(company, "--site", "us")
    seen["second site"] = _day(company)

    company.write("visits.csv", "country,visit,visitor,at\nBR,v1,zé,2024-06-02T00:00:00\n")
    (company.root / "data/orders/1.csv").unlink()
    (company.root / "data/orders/2.csv").unlink()
    company.write("orders/3.csv", ORDERS_HEADER + "US,o9,a,2024-06-03T00:00:00Z,1,\n")
    seen["removed"] = _day(company)

    company.write("visits.csv", VISITS_1)
    company.write("members.csv", "country,id,tier\nUS,a,platinum\nUS,b,\nBR,ana,silver\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("jobs.warehouse.refresh.flip", _crash)
        company.write("orders/3.csv", ORDERS_HEADER + "US,o66,never,2024-06-03T00:00:00Z,1,\n")
        seen["crashed"] = _day(company)
    company.write("orders/3.csv", ORDERS_HEADER + "US,o9,aa,2024-06-03T00:00:00Z,1,\n")
    seen["came back"] = _day(company)

    company.write("visits.csv", "country,visit,visitor,at\n")
    company.write("members.csv", "country,id,tier\nUS,a,iron\nUS,b,\nBR,ana,silver\n")
    seen["empty source"] = _day(company)

    company.write("visits.csv", VISITS_1 + "US,v2,new,2024-06-02T00:00:00\n")
    company.write("orders/4.csv", ORDERS_HEADER + "US,o4,rich,2024-06-03T00:00:00Z,1000.01,\n")
    seen["held table"] = _day(company)

    (company.root / "data/members.csv").unlink()
    seen["missing file"] = _day(company)
    return seen


def _crash(*_: object) -> None:
    raise LakeError.because("the disk is gone")


def test_the_first_day(days: dict[str, Day]) -> None:
    first = days["first"]
    assert first.said["exit"] == 0
    assert first.ordinals == {("us", "a"): 0, ("us", "b"): 1, ("us", "c"): 2, ("us", "d"): 3}
    assert first.alive == {"a": "gold", "b": None, "c": None, "d": None}
    # 02:30 does not exist on that day in New York: the clock jumps from 02:00 to 03:00, the time becomes 03:30.
    assert first.orders == [
        ("us", "o1", "a", _utc("2024-03-10T07:30:00"), Decimal("10.00"), None),
        ("us", "o2", "c", _utc("2024-06-01T12:00:00"), Decimal("5.00"), "x"),
    ]
    assert first.visits == [("us", "v1", "d")]


def test_a_second_refresh_changes_nothing_but_versions(days: dict[str, Day]) -> None:
    first, again = days["first"], days["again"]
    assert again.said["exit"] == 0
    assert (again.ordinals, again.people) == (first.ordinals, first.people)
    assert (again.orders, again.visits) == (first.orders, first.visits)
    assert again.pins["person_ordinals"] == first.pins["person_ordinals"]


def test_late_rows_count_and_redelivered_ones_count_once(days: dict[str, Day]) -> None:
    day = days["late and redelivered"]
    assert day.said["exit"] == 0
    assert day.ordinals == {**days["again"].ordinals, ("us", "B"): 4}  # B sorts before a, and comes after it
    assert day.orders == [
        ("us", "o0", "B", _utc("2020-01-01T05:00:00"), Decimal("1.10"), None),  # naive: midnight in New York
        ("us", "o1", "a", _utc("2024-03-10T07:30:00"), Decimal("10.00"), None),
        ("us", "o2", "c", _utc("2024-06-01T13:00:00"), Decimal("4.00"), None),  # the later time wins, whole
    ]


def test_one_site_can_be_refreshed_alone(days: dict[str, Day]) -> None:
    day = days["only us"]
    assert day.said["exit"] == 0
    assert (day.ordinals, day.orders) == (days["late and redelivered"].ordinals, days["late and redelivered"].orders)
    assert day.visits == [("us", "v1", "d")]


def test_a_second_site_has_people_and_ordinals_of_its_own(days: dict[str, Day]) -> None:
    day = days["second site"]
    assert {person: n for (site, person), n in day.ordinals.items() if site == "br"} == {"ana": 0, "zé": 1}
    assert day.visits == [("br", "v1", "zé"), ("us", "v1", "d")]
    assert [row for row in day.people if row[0] == "us"] == days["only us"].people


def test_rows_that_are_gone_disappear_from_a_snapshot_and_stay_in_an_append(days: dict[str, Day]) -> None:
    day = days["removed"]
    assert day.visits == [("br", "v1", "zé")]
    assert [order[1] for order in day.orders] == ["o0", "o1", "o2", "o9"]
    assert day.ordinals == days["second site"].ordinals
    assert ("us", 3, False, None, None) in day.people  # whom nobody names any more keeps the ordinal, without data


def test_a_crash_before_the_flip_leaves_readers_where_they_were(days: dict[str, Day]) -> None:
    crashed, before = days["crashed"], days["removed"]
    assert (crashed.said["exit"], crashed.said["errors"][0]["got"]) == (1, "the disk is gone")
    assert (crashed.pins, crashed.people, crashed.orders) == (before.pins, before.people, before.orders)


def test_who_comes_back_has_the_same_ordinal_and_nothing_of_a_crashed_run_stays(days: dict[str, Day]) -> None:
    day = days["came back"]
    assert day.said["exit"] == 0
    assert day.ordinals == {**days["removed"].ordinals, ("us", "aa"): 5}
    assert day.alive == {"a": "platinum", "aa": None, "ana": "silver", "b": None, "B": None, "c": None, "d": None}
    assert [order[1:3] for order in day.orders] == [("o0", "B"), ("o1", "a"), ("o2", "c"), ("o9", "aa")]
    assert day.visits == [("us", "v1", "d")]


def test_an_empty_source_is_refused_and_keeps_its_last_rows(days: dict[str, Day]) -> None:
    day = days["empty source"]
    assert day.said["exit"] == 3
    assert day.of(source="visits")["verdict"] == "refused"
    assert [error["path"] for error in day.said["errors"]] == ["source visits"]
    assert day.visits == days["came back"].visits
    assert day.alive == {**days["came back"].alive, "a": "iron"}  # the others went through


def test_a_table_whose_suite_fails_is_held_with_its_sources_and_the_rest_goes_out(days: dict[str, Day]) -> None:
    day = days["held table"]
    assert day.said["exit"] == 3
    assert day.of(table="event_order")["verdict"] == "held"
    assert day.orders == days["empty source"].orders
    assert day.pins["event_order"] == days["empty source"].pins["event_order"]
    assert day.visits == [("us", "v1", "d"), ("us", "v2", "new")]
    assert "rich" not in day.alive  # only the held orders name her
    assert "new" in day.alive


def test_a_missing_file_stops_everything_in_one_sentence(days: dict[str, Day]) -> None:
    day = days["missing file"]
    assert day.said["exit"] == 1
    assert [error["got"].startswith("source members: ") for error in day.said["errors"]] == [True]
    assert "members.csv does not exist" in day.said["errors"][0]["got"]
    assert day.pins == days["held table"].pins
