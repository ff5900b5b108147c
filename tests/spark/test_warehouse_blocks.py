"""People who come, go, come back or change: only their blocks are written anew, and nobody else's number moves."""

from __future__ import annotations

from pathlib import Path

import pytest

from plateia.lake import Lake
from tests.spark.test_warehouse_growth import SITES, SOURCES
from tests.spark.warehouse_company import Company
from transforms.warehouse.tables import events, people

BITS = 2  # four people a block

HEADER = "country,id,tier\n"
MEMBERS = [f"US,p{number},gold" for number in range(9)]  # blocks 0, 1 and 2 of us
ORDERS = "country,order,buyer,at,amount\n"


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    for module in (people, events):
        monkeypatch.setattr(module, "BLOCK_BITS", BITS)
    company = Company(tmp_path)
    company.configure(sites=SITES, sources=SOURCES)
    company.write("members.csv", HEADER + "\n".join(MEMBERS) + "\n")
    company.write("orders/0.csv", ORDERS + "US,o0,p0,2024-01-02T00:00:00Z,1\n")
    assert company.refresh()["exit"] == 0
    return company


def test_people_who_change_move_nobody_else(company: Company) -> None:
    first = _blocks(company)
    assert sorted(first) == [0, 1, 2]

    company.write("members.csv", HEADER + "\n".join(MEMBERS) + "\n\n")  # another file, the same rows
    pin, orders = company.pins()["people"], company.pins()["event_order"]
    assert company.refresh()["exit"] == 0
    assert (company.pins()["people"], company.pins()["event_order"]) == (pin, orders)

    changed = [line.replace("p5,gold", "p5,silver") for line in MEMBERS]
    company.write("members.csv", HEADER + "\n".join(changed) + "\n")
    numbers = company.ordinals()
    assert company.refresh()["exit"] == 0
    second = _blocks(company)
    assert {block for block in first if first[block] != second[block]} == {numbers["us", "p5"] >> BITS}
    assert company.ordinals() == numbers
    assert _tiers(company) == {f"p{number}": "silver" if number == 5 else "gold" for number in range(9)}

    company.write("members.csv", HEADER + "\n".join(line for line in changed if "p2" not in line) + "\n")
    assert company.refresh()["exit"] == 0
    third = _blocks(company)
    assert {block for block in second if second[block] != third[block]} == {numbers["us", "p2"] >> BITS}
    assert "p2" not in _tiers(company)


def test_events_of_new_and_old_people_write_their_blocks(company: Company) -> None:
    company.write("members.csv", HEADER + "\n".join(line for line in MEMBERS if "p4" not in line) + "\n")
    assert company.refresh()["exit"] == 0
    before, numbers, tiers = _blocks(company), company.ordinals(), _tiers(company)
    assert "p4" not in tiers
    rows = [f"US,o{number},{buyer},2024-01-03T00:00:00Z,2" for number, buyer in enumerate(["p4", "new", "p0"], 1)]
    company.write("orders/1.csv", ORDERS + "\n".join(rows) + "\n")
    assert company.refresh()["exit"] == 0
    after = _blocks(company)
    assert company.ordinals() == numbers | {("us", "new"): 9}
    assert {block for block in before if before[block] != after[block]} == {numbers["us", "p4"] >> BITS, 9 >> BITS}
    assert _tiers(company) == tiers | {"p4": None, "new": None}
    assert {row["event_id"]: row["person"] for row in company.events("order")} == {
        "o0": "p0", "o1": "p4", "o2": "new", "o3": "p0",
    }  # fmt: skip
    assert {(row["ordinal"], row["block"]) for row in company.events("order")} == {(0, 0), (4, 1), (9, 2)}


def _blocks(company: Company) -> dict[int, set[str]]:
    """Block -> the files of ``people`` that hold it."""
    lake: Lake = company.lake
    files: dict[int, set[str]] = {}
    for file in lake.files("people", version=company.pins()["people"]):
        files.setdefault(int(str(file.partition["block"])), set()).add(file.path)
    return files


def _tiers(company: Company) -> dict[str, str | None]:
    return {person: row["tier"] for (_, person), row in company.living().items()}
