"""Visits as JSON lines in naive local time, and calls as a Delta table whose UTC wall clock is really local."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from random import Random

import pyarrow as pa
from deltalake import write_deltalake

from tests.company import values
from tests.company.people import account_ids
from tests.company.world import COUNTRIES, SITES, Event, Row, Truth, utc
from tests.oracle.calendar import instant_of

TOPICS = ("delivery", "payment", "returns")


def write_visits(chance: Random, data: Path, truth: Truth, *, each: int = 1_500) -> None:
    """JSON lines: ids of persons as numbers beyond 2^53 or as text, times that a clock may skip or show twice."""
    lines: list[str] = []
    for country, (site, _) in COUNTRIES.items():
        for n in range(each):
            row = _visit(chance, country.lower(), site, n)
            lines.append(json.dumps(row, ensure_ascii=n % 2 == 0))
            _deliver_visit(row, site, truth)
            if chance.random() < 0.02:
                lines.append(lines[-1])
                _deliver_visit(row, site, truth)
    whole = {"country": "us", "account": "424242", "device": "d", "seq": 1, "local_time": "2018-05-05T10:00:00"}
    for fault in ({"country": "zz"}, {"account": None}, {"seq": None}, {"local_time": "noon"}, {"seconds": "fast"}):
        lines.append(json.dumps({**whole, **fault}))
    lines += ['{"country": "us", "account": "424242", "dev', "not JSON at all"]
    truth.refused["visits"] += 7
    chance.shuffle(lines)
    (data / "visits.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _visit(chance: Random, country: str, site: str, n: int) -> Row:
    account = values.pick(chance, account_ids(site))
    row: Row = {
        "country": country,
        "account": account if chance.random() < 0.5 else chance.choice((str(account), f"visitor-ü-{n % 40}")),
        "device": f"dévice {n % 7}",
        "seq": n,
        "local_time": values.wall_time(chance, site).isoformat(),
        "page": values.maybe(chance, values.text(chance)),
        "seconds": values.maybe(chance, values.double(chance)),
        "returning": values.maybe(chance, chance.random() < 0.5),
        "labels": values.maybe(chance, values.words(chance)),
    }
    if row["seconds"] != row["seconds"]:  # JSON has no NaN
        row["seconds"] = None
    # A key that is absent is missing, like one that is null.
    return {name: value for name, value in row.items() if value is not None or chance.random() < 0.5}


def _deliver_visit(row: Row, site: str, truth: Truth) -> None:
    labels = row.get("labels")
    properties = {
        "page": row.get("page"),
        "seconds": row.get("seconds"),
        "returning": row.get("returning"),
        "labels": None if labels is None else [label for label in labels if label is not None],
    }
    at = instant_of(datetime.fromisoformat(row["local_time"]), SITES[site])
    event_id = json.dumps([row["device"], str(row["seq"])], ensure_ascii=False, separators=(",", ":"))
    truth.deliver("visit", Event(site, str(row["account"]), at, event_id, properties))


def write_calls(chance: Random, data: Path, truth: Truth, *, each: int = 350) -> None:
    """A Delta table; a topic outside the closed set is refused."""
    rows: list[Row] = []
    for country, (site, _) in COUNTRIES.items():
        for n in range(each):
            local = values.wall_time(chance, site)
            row = {
                "country": country,
                "caller": str(values.pick(chance, account_ids(site))),
                "call": f"call {n}",
                "local_at": utc(local),
                "topic": values.maybe(chance, chance.choice(TOPICS)),
                "minutes": values.maybe(chance, chance.randrange(0, 90)),
                "cost": values.maybe(chance, Decimal(chance.randrange(-500, 99_999)).scaleb(-3)),
            }
            rows.append(row)
            properties = {name: row[name] for name in ("topic", "minutes", "cost")}
            truth.deliver("call", Event(site, row["caller"], instant_of(local, SITES[site]), row["call"], properties))
    rows.append({**rows[0], "call": "call x", "caller": "424242", "topic": "weather"})
    truth.refused["calls"] += 1
    schema = pa.schema(
        {
            "country": pa.string(), "caller": pa.string(), "call": pa.string(),
            "local_at": pa.timestamp("us", tz="UTC"), "topic": pa.string(),
            "minutes": pa.int64(), "cost": pa.decimal128(10, 3),
        }
    )  # fmt: skip
    write_deltalake(str(data / "calls"), pa.Table.from_pylist(rows, schema=schema))
