"""A history that grows day by day: the same rows as from all its files at once, and what was written stays."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jobs.warehouse import refresh
from plateia.errors import LakeError
from tests.spark.warehouse_company import Company
from transforms.warehouse.changes.layout import CLOSED_FILES

SITES = {"br": {"zone": "UTC", "country": "BR"}, "us": {"zone": "UTC", "country": "US"}}
_SITE = {"column": "country", "map": {"US": "us", "BR": "br"}}
SOURCES: list[dict[str, Any]] = [
    {
        "source": "members", "kind": "people", "read": {"format": "csv", "path": "${data}/members.csv"},
        "site": _SITE, "person": {"column": "id"}, "traits": {"tier": {"type": "string"}},
    },
    {
        "source": "orders", "kind": "events", "event": "order", "read": {"format": "csv", "path": "${data}/orders"},
        "site": _SITE, "person": {"column": "buyer"}, "at": {"column": "at"}, "id": ["order"], "load": "append",
        "properties": {"amount": {"type": "long"}},
    },
]  # fmt: skip
START = datetime(2023, 12, 28, tzinfo=UTC)
Event = tuple[datetime, str, int]  # what decides between two deliveries of an event, in this order


@pytest.mark.nightly
def test_growing_day_by_day_is_the_same_as_all_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grown, whole = _company(tmp_path / "grown"), _company(tmp_path / "whole")
    chance, expected = random.Random(7), dict[tuple[str, str], Event]()
    rewritten = 0
    for day, n_old in enumerate([0, 2, 0, 4, 1]):
        before, files = _by_year(expected), _files(grown)
        rows = _day(chance, day, n_old, expected)
        for company in (grown, whole):
            company.write(f"orders/{day}.csv", rows)
        if day == 3:
            _crash(grown, monkeypatch)
        assert grown.refresh()["exit"] == 0
        assert _orders(grown) == expected
        after, now = _by_year(expected), _files(grown)
        newest = {site: max(year for other, year in now if other == site) for site, _ in now}
        for part, paths in files.items():
            if len(paths) < CLOSED_FILES and before[part] <= after[part]:
                assert paths <= now[part]
            else:
                rewritten += 1
        assert all(len(paths) <= CLOSED_FILES for (site, year), paths in now.items() if year != newest[site])
    assert rewritten
    assert whole.refresh()["exit"] == 0
    assert _orders(whole) == expected
    assert set(grown.ordinals()) == set(whole.ordinals())


def _company(root: Path) -> Company:
    company = Company(root)
    company.configure(sites=SITES, sources=SOURCES)
    company.write("members.csv", "country,id,tier\nUS,p0,gold\nBR,p1,\n")
    return company


def _day(chance: random.Random, day: int, n_old: int, expected: dict[tuple[str, str], Event]) -> str:
    """A day's file; every day brings a late event, some repeat old ones, with an earlier or a later time."""
    ids = [f"o{day}-{number}" for number in range(8)]
    ids += [event for _, event in chance.sample(sorted(expected), n_old)]
    lines = ["country,order,buyer,at,amount"]
    for number, order in enumerate(ids):
        at = START + timedelta(days=day - (200 if number == 0 else 0), seconds=chance.randrange(86_400))
        country = "US" if number == 0 else chance.choice(["US", "BR"])
        buyer, amount = f"p{chance.randrange(3 + 2 * day)}", chance.randrange(99)
        lines.append(f"{country},{order},{buyer},{at:%Y-%m-%dT%H:%M:%SZ},{amount}")
        key = country.lower(), order
        expected[key] = max(expected.get(key, (at, buyer, amount)), (at, buyer, amount))
    return "\n".join(lines) + "\n"


def _crash(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refresh that writes every table and dies before anybody is pointed to them."""

    def die(*_: object) -> None:
        raise LakeError.because("The storage went away")

    pins = company.pins()
    with monkeypatch.context() as patched:
        patched.setattr(refresh, "flip", die)
        assert company.refresh()["exit"] != 0
    assert company.pins() == pins


def _files(company: Company) -> dict[tuple[str, int], set[str]]:
    """(site, year) -> the files that hold its events."""
    version = company.pins().get("event_order")
    found: dict[tuple[str, int], set[str]] = {}
    for file in company.lake.files("event_order", version=version) if version is not None else []:
        year = date.fromisoformat(str(file.partition["period"])).year
        found.setdefault((str(file.partition["site"]), year), set()).add(file.path)
    return found


def _by_year(events: dict[tuple[str, str], Event]) -> dict[tuple[str, int], set[tuple[str, Event]]]:
    """(site, year) -> its events."""
    found: dict[tuple[str, int], set[tuple[str, Event]]] = {}
    for (site, order), event in events.items():
        found.setdefault((site, event[0].year), set()).add((order, event))
    return found


def _orders(company: Company) -> dict[tuple[str, str], Event]:
    rows = company.events("order")
    found = {(row["site"], row["event_id"]): (row["at"], row["person"], row["amount"]) for row in rows}
    assert len(found) == len(rows)
    assert all(row["period"].year == row["at"].year for row in rows)
    return found
