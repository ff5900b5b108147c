"""What people are related to, over four relations in four formats, and what they have said of consent."""

from __future__ import annotations

import csv
import json
from datetime import timedelta
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq

from tests.company import values
from tests.company.people import account_ids
from tests.company.world import COUNTRIES, SITES, Row, Truth, as_of
from tests.oracle.calendar import instant_of

CHANNELS = ("web", "app", "Ápp", None)
_SHOPS = (1, 2, values.BEYOND_FLOAT)
_SKUS = ("a", "A", "ñ", '"q"', "7", "nobody sells it")
_SELLERS = ("acme", "Zeta & Söhne", "ñ", "12")
PURPOSES = ("ads", "mail")

_CARTS = pa.schema(
    {"country": pa.string(), "account": pa.int64(), "cart": pa.int64(), "channel": pa.string(), "total": pa.float64()}
)


def write_ties(chance: Random, data: Path, truth: Truth) -> None:
    """Person → cart → item → seller → town, and consents; rows twice, without keys, and of strangers among them."""
    _write_carts(chance, data, truth)
    _write_lines(chance, data, truth)
    _write_sellers(chance, data, truth)
    _write_towns(data, truth)
    _write_consents(chance, data, truth)


def _carts_of(site: str) -> list[int]:
    first = 1_000 * list(SITES).index(site)
    return list(range(first, first + 400))


def _write_carts(chance: Random, data: Path, truth: Truth) -> None:
    """Parquet; the account after the last one is nobody we know of."""
    rows: list[Row] = []
    for country, (site, _) in COUNTRIES.items():
        accounts = [*account_ids(site), account_ids(site)[-1] + 9_999]
        for cart in _carts_of(site):
            for _ in range(chance.choice((1, 1, 2))):
                row: Row = {
                    "country": country, "account": values.pick(chance, accounts), "cart": cart,
                    "channel": chance.choice(CHANNELS), "total": values.maybe(chance, values.money(chance)),
                }  # fmt: skip
                rows += [row] * chance.choice((1, 1, 1, 2))
                truth.relate("placed", site, str(row["account"]), str(cart), channel=row["channel"], total=row["total"])
    for fault in ({"account": None}, {"cart": None}, {"country": "ZZ"}):
        rows.append({**rows[0], **fault})
        truth.refused["carts"] += 1
    chance.shuffle(rows)
    pq.write_table(pa.Table.from_pylist(rows, schema=_CARTS), data / "carts.parquet")


def _write_lines(chance: Random, data: Path, truth: Truth) -> None:
    """CSV; items have a key of two columns, and carts that nobody placed have lines, too."""
    rows: list[list[str]] = []
    for country, (site, _) in COUNTRIES.items():
        for cart in (*_carts_of(site), 999_999):
            for _ in range(chance.randrange(3)):
                shop, sku = chance.choice(_SHOPS), chance.choice(_SKUS)
                units, price = (
                    values.maybe(chance, chance.randrange(1, 9)),
                    values.maybe(chance, values.decimal(chance)),
                )
                cells = [country, str(cart), str(shop), sku, *("" if v is None else str(v) for v in (units, price))]
                rows += [cells] * chance.choice((1, 1, 1, 2))
                truth.relate("holds", site, str(cart), _key(shop, sku), units=units, price=price)
    good = ["US", "1", "1", "a", "1", "1.50"]
    for column, wrong in ((1, ""), (2, ""), (3, ""), (4, "two"), (5, "1.555")):
        rows.append([*good[:column], wrong, *good[column + 1 :]])
        truth.refused["lines"] += 1
    chance.shuffle(rows)
    _write_csv(data / "lines.csv", ("country", "cart", "shop", "sku", "units", "price"), rows)


def _write_sellers(chance: Random, data: Path, truth: Truth) -> None:
    """JSON lines; several sellers an item, one item that nobody sells."""
    lines: list[str] = []
    for country, (site, _) in COUNTRIES.items():
        for shop in _SHOPS:
            for sku in _SKUS[:-1]:
                for seller in chance.sample(_SELLERS, chance.randrange(1, 3)):
                    day, tags = values.maybe(chance, values.day(chance)), values.maybe(chance, values.words(chance))
                    row = {"country": country, "shop": shop, "sku": sku, "seller": seller, "tags": tags,
                           "since": day and day.isoformat()}  # fmt: skip
                    lines += [json.dumps(row, ensure_ascii=False)] * chance.choice((1, 2))
                    kept = None if tags is None else [tag for tag in tags if tag is not None]
                    truth.relate("sold_by", site, _key(shop, sku), seller, since=day, tags=kept)
    lines.append(json.dumps({"country": "US", "shop": 1, "sku": "a", "seller": None}))
    truth.refused["sellers"] += 1
    chance.shuffle(lines)
    (data / "sellers.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _write_towns(data: Path, truth: Truth) -> None:
    """CSV of one site; the others have no town at all."""
    rows = [["acme", "Lima", "12"], ["ñ", "Ica", ""], ["nobody", "Ica", "1"]]
    for seller, town, km in rows:
        truth.relate("based_in", "mpe", seller, town, km=int(km) if km else None)
    _write_csv(data / "towns.csv", ("seller", "town", "km"), rows)


def _write_consents(chance: Random, data: Path, truth: Truth) -> None:
    """CSV of local times: grants and withdrawals, many at one instant, some at as_of or later, some of strangers."""
    rows: list[list[str]] = []
    for country, (site, _) in COUNTRIES.items():
        now = as_of(site).astimezone(SITES[site]).replace(tzinfo=None)
        moments = [now, now - timedelta(microseconds=1), now - timedelta(days=30), now + timedelta(days=1)]
        for account in (*account_ids(site)[:200], account_ids(site)[-1] + 9_999):
            for _ in range(chance.randrange(4)):
                purpose, granted = chance.choice(PURPOSES), chance.random() < 0.6
                local = chance.choice((*moments, values.wall_time(chance, site)))
                rows.append([country, str(account), purpose, str(granted).lower(), local.isoformat()])
                truth.say(site, str(account), purpose, instant_of(local, SITES[site]), granted=granted)
    good = ["US", "1", "ads", "true", "2018-05-05T10:00:00"]
    for column, wrong in ((0, "ZZ"), (1, ""), (2, ""), (2, "push"), (3, ""), (3, "perhaps"), (4, ""), (4, "noon")):
        rows.append([*good[:column], wrong, *good[column + 1 :]])
        truth.refused["consents"] += 1
    chance.shuffle(rows)
    _write_csv(data / "consents.csv", ("country", "account", "purpose", "granted", "at"), rows)


def _key(shop: int, sku: str) -> str:
    return json.dumps([str(shop), sku], ensure_ascii=False, separators=(",", ":"))


def _write_csv(path: Path, header: tuple[str, ...], rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
