"""Two people sources: accounts of every country in Parquet, and a panel of one country in CSV."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq

from tests.company import values
from tests.company.world import COUNTRIES, SITES, Row, Truth
from tests.oracle.calendar import instant_of

_ACCOUNTS = pa.schema(
    {
        "country": pa.string(), "account_id": pa.int64(), "tier": pa.string(), "level": pa.int64(),
        "score": pa.float64(), "balance": pa.decimal128(12, 2), "active": pa.bool_(), "born": pa.date32(),
        "joined": pa.timestamp("us", tz="UTC"), "seen_local": pa.timestamp("us"), "tags": pa.list_(pa.string()),
        "updated_at": pa.timestamp("us", tz="UTC"),
    }
)  # fmt: skip

_PEOPLE_OF_A_SITE = 260


def account_ids(site: str) -> list[int]:
    """Beyond 2^53, and shared by neighbouring sites: the same number is another person there."""
    first = values.BEYOND_FLOAT + 100 * list(SITES).index(site)
    return list(range(first, first + _PEOPLE_OF_A_SITE))


def write_accounts(chance: Random, data: Path, truth: Truth) -> None:
    """Every account; some twice with an older or undated row, and rows that name no person or no site of ours."""
    rows: list[Row] = []
    for country, (site, _) in COUNTRIES.items():
        for account_id in account_ids(site):
            current = _account(chance, country, site, account_id)
            rows.append(current)
            truth.person(site, str(account_id), **_traits(current, site))
            for updated_at in (current["updated_at"] - timedelta(days=3), None):
                if chance.random() < 0.05:
                    rows.append({**_account(chance, country, site, account_id), "updated_at": updated_at})
    for broken in ({"account_id": None}, {"country": None}, {"country": "ZZ"}, {"country": "ar"}):
        rows.append({**_account(chance, "AR", "mla", values.BEYOND_FLOAT + 7_777_777), **broken})
        truth.refused["accounts"] += 1
    chance.shuffle(rows)
    pq.write_table(pa.Table.from_pylist(rows, schema=_ACCOUNTS), data / "accounts.parquet")


def _account(chance: Random, country: str, site: str, account_id: int) -> Row:
    return {
        "country": country,
        "account_id": account_id,
        "tier": values.maybe(chance, values.text(chance)),
        "level": values.maybe(chance, values.long(chance)),
        "score": values.maybe(chance, values.double(chance)),
        "balance": values.maybe(chance, values.decimal(chance)),
        "active": values.maybe(chance, chance.random() < 0.5),
        "born": values.maybe(chance, values.day(chance)),
        "joined": values.maybe(chance, values.instant(chance, site)),
        "seen_local": values.maybe(chance, values.wall_time(chance, site)),
        "tags": values.maybe(chance, values.words(chance)),
        "updated_at": datetime(2018, 6, 1, tzinfo=UTC) + timedelta(seconds=chance.randrange(9_000_000)),
    }


def _traits(row: Row, site: str) -> Row:
    seen, tags = row["seen_local"], row["tags"]
    kept = {name: row[name] for name in ("tier", "level", "score", "balance", "active", "born", "joined")}
    return {
        **kept,
        "seen": seen and instant_of(seen, SITES[site]),
        "tags": None if tags is None else [tag for tag in tags if tag is not None],
    }


def write_panel(chance: Random, data: Path, truth: Truth) -> None:
    """A CSV of traits of its own for people of one site: some have an account, some come twice, some are malformed."""
    rows: list[tuple[str, str, str]] = []
    for person_id in [*map(str, account_ids("us")[:80]), "ñ-1", "n\u0303-1", "🛒", "007", 'a"b,c']:
        name = values.maybe(chance, chance.choice(("Alpha, inc", 'The "B"', "ñandú", "alpha, inc")))
        wave = values.maybe(chance, chance.randrange(1, 5))
        truth.person("us", person_id, panel=name, wave=wave)
        rows.append((person_id, name or "", "" if wave is None else str(wave)))
        if wave is not None and chance.random() < 0.2:
            rows.append((person_id, name or "", str(wave - 1)))
            truth.refused["panel"] += 1
    for refused in (("", "Alpha, inc", "1"), ("no-number", "Alpha, inc", "one"), ("too-long", "Alpha, inc", "9" * 30)):
        rows.append(refused)
        truth.refused["panel"] += 1
    chance.shuffle(rows)
    with (data / "panel.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([("person", "panel", "wave"), *rows])
