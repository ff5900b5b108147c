"""Orders: Parquet files of all countries with instants, and one country's CSV with offsets, of one event type."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq

from tests.company import values
from tests.company.people import account_ids
from tests.company.world import COUNTRIES, SITES, Event, Row, Truth, as_of
from tests.oracle.calendar import instant_of

CATEGORIES = ("Ropa & Calzado", "ELECTRÓNICA", "electrónica", "Hogar", "Belleza", "belleza y salud", None)

_ORDERS = pa.schema(
    {
        "country": pa.string(), "account_id": pa.int64(), "order_id": pa.int64(), "status": pa.string(),
        "item_id": pa.int64(), "amount": pa.float64(), "price": pa.decimal128(12, 2), "units": pa.int64(),
        "gift": pa.bool_(), "ship_on": pa.date32(), "promised": pa.timestamp("us"), "tags": pa.list_(pa.string()),
        "ordered_at": pa.timestamp("us", tz="UTC"),
    }
)  # fmt: skip
_PROPERTIES = ("category", "amount", "price", "units", "gift", "ship_on", "promised", "tags")


def write_orders(chance: Random, data: Path, truth: Truth, *, each: int = 6_000) -> None:
    """Two files: the day's, and a later one with late rows and second deliveries."""
    pq.write_table(
        pa.table({"item_id": range(1, 60), "category": [CATEGORIES[i % 7] for i in range(1, 60)]}),
        data / "items.parquet",
    )
    on_time, late = [], []
    for number, (country, (site, _)) in enumerate(COUNTRIES.items()):
        for order_id in range(values.BEYOND_FLOAT + number, values.BEYOND_FLOAT + number + each):
            row = _order(chance, country, site, order_id)
            (late if chance.random() < 0.1 else on_time).append(row)
            if chance.random() < 0.03:
                late.append(_delivered_again(chance, row, site))
        on_time += _telling_sums(country, site)
    for row in (*on_time, *late):
        _deliver(row, truth)
    on_time += _refused(chance, truth)
    (data / "orders").mkdir()
    for name, rows in (("day", on_time), ("late", late)):
        chance.shuffle(rows)
        pq.write_table(pa.Table.from_pylist(rows, schema=_ORDERS), data / "orders" / f"{name}.parquet")


def _order(chance: Random, country: str, site: str, order_id: int) -> Row:
    return {
        "country": country,
        "account_id": values.pick(chance, account_ids(site)),
        "order_id": order_id,
        "status": chance.choice(("paid", "paid", "shipped", "cancelled", None)),
        "item_id": values.maybe(chance, chance.randrange(1, 70)),
        "amount": values.maybe(chance, values.money(chance)),
        "price": values.maybe(chance, values.decimal(chance)),
        "units": values.maybe(chance, values.long(chance) % 50),
        "gift": values.maybe(chance, chance.random() < 0.3),
        "ship_on": values.maybe(chance, values.day(chance)),
        "promised": values.maybe(chance, values.wall_time(chance, site)),
        "tags": values.maybe(chance, values.words(chance)),
        "ordered_at": values.instant(chance, site),
    }


def _delivered_again(chance: Random, row: Row, site: str) -> Row:
    """The same row once more, or corrected an hour later: another amount, perhaps another person."""
    if chance.random() < 0.4:
        return dict(row)
    corrected = {"amount": 77.77, "ordered_at": row["ordered_at"] + timedelta(hours=1)}
    if chance.random() < 0.5:
        corrected["account_id"] = account_ids(site)[-1] + 1 + chance.randrange(5)
    return {**row, **corrected}


# Persons without an account. The first is worth exactly 100 in doubles that do not add up to it; the others have
# halves of millionths, which round to even each, and what looks like a half but is more.
_TELLING_AMOUNTS = {1: (33.33, 33.33, 33.34), 2: (0.0078125, 0.0078125), 3: (0.0234375, 0.0000025)}


def _telling_sums(country: str, site: str) -> list[Row]:
    blank = dict.fromkeys(_ORDERS.names)
    return [
        {
            **blank, "country": country, "account_id": account, "order_id": 100 * account + n, "status": "paid",
            "amount": amount, "price": Decimal("33.33"), "units": 2, "ordered_at": as_of(site) - timedelta(days=2 + n),
        }
        for account, amounts in _TELLING_AMOUNTS.items()
        for n, amount in enumerate(amounts)
    ]  # fmt: skip


def _deliver(row: Row, truth: Truth) -> None:
    """Keep what the source declares: paid or shipped orders."""
    if row["status"] not in ("paid", "shipped"):
        return
    site = COUNTRIES[row["country"]][0]
    item, promised, tags = row["item_id"], row["promised"], row["tags"]
    properties = {
        **{name: row[name] for name in _PROPERTIES if name in row},
        "category": CATEGORIES[item % 7] if item and item < 60 else None,
        "promised": promised and instant_of(promised, SITES[site]),
        "tags": None if tags is None else [tag for tag in tags if tag is not None],
    }
    truth.deliver("order", Event(site, str(row["account_id"]), row["ordered_at"], str(row["order_id"]), properties))


def _refused(chance: Random, truth: Truth) -> list[Row]:
    """Paid orders that cannot be taken: no person, id, time or known site. A cancelled one is no matter."""
    missing: list[Row] = [{name: None} for name in ("account_id", "order_id", "ordered_at", "country")]
    faults = [*missing, {"country": "ZZ"}]
    truth.refused["orders"] += len(faults)
    whole = {**_order(chance, "UY", "mlu", 999), "status": "paid", "account_id": 424_242}
    return [{**whole, **fault} for fault in (*faults, {"country": "ZZ", "status": "cancelled"})]


def write_us_orders(chance: Random, data: Path, truth: Truth, *, orders: int = 2_000) -> None:
    """A CSV: times with whatever offset, a few naive; some ids correct orders of the Parquet files."""
    header = ("person", "order", "at", "amount", "price", "units", "gift", "ship_on")
    rows: list[list[str]] = []
    for n in range(orders):
        at = values.instant(chance, "us")
        event_id = f"us-{n}"
        known = str(values.BEYOND_FLOAT + list(SITES).index("us") + n)
        if n < 20:
            event_id, at = known, datetime(2018, 11, 20, n, tzinfo=UTC)
        row: Row = {
            "amount": values.maybe(chance, chance.randrange(1, 6000) / 100),
            "price": values.maybe(chance, values.decimal(chance)),
            "units": values.maybe(chance, chance.randrange(0, 9)),
            "gift": values.maybe(chance, chance.random() < 0.3),
            "ship_on": values.maybe(chance, values.day(chance)),
        }
        person = chance.choice((str(values.pick(chance, account_ids("us"))), "ñ-1", "n\u0303-1", "🛒", "007"))
        shown, at = _shown(chance, at)
        rows.append([person, event_id, shown, *map(_cell, row.values())])
        absent = dict.fromkeys(("category", "promised", "tags"))
        truth.deliver("order", Event("us", person, at, event_id, {**row, **absent}))
    good = ["424242", "x", "2018-05-05T10:00:00-04:00", "1.5", "1.50", "1", "true", "2018-05-05"]
    for column, wrong in enumerate(("", "", "yesterday", "1,5", "two", "twelve", "perhaps", "2018-02-30")):
        rows.append([*good[:column], wrong, *good[column + 1 :]])
        truth.refused["us_orders"] += 1
    chance.shuffle(rows)
    with (data / "us_orders.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def _shown(chance: Random, at: datetime) -> tuple[str, datetime]:
    if chance.random() < 0.1:
        naive = values.wall_time(chance, "us")
        return naive.isoformat(), instant_of(naive, SITES["us"])
    offset = timezone(timedelta(hours=chance.choice((-5, -4, 0, 2, 5.5))))
    return at.astimezone(offset).isoformat(), at


def _cell(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
