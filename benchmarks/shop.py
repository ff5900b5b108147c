"""A seeded shop as a company delivers it: people as one Parquet file, events as one Parquet file a type and day."""

from __future__ import annotations

import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

SEED = 20260401
EVENT_TYPES = ("view", "search", "favourite", "question", "cart", "purchase", "review", "share")
ZONES = {"mlb": "America/Sao_Paulo", "mla": "America/Argentina/Buenos_Aires"}
COUNTRIES = {"BR": "mlb", "AR": "mla"}
DAYS = 90
AS_OF = "2026-04-02T00:00:00Z"
_FIRST_DAY_US = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
_DAY_US = 86_400_000_000
_CATEGORIES = [f"category-{number:03d}" for number in range(100)]
_DEVICES = ["android", "ios", "web"]


@dataclass(frozen=True, slots=True)
class Shop:
    """``people`` on two sites 3 : 1, and about ``events`` of 90 days, their types by Zipf, under ``folder``."""

    folder: Path
    people: int
    events: int
    seed: int = SEED

    @property
    def configs(self) -> Path:
        return self.folder / "configs"

    def write(self) -> None:
        """Write the configuration, the people and the first 90 days, unless they are there in full."""
        done = self.folder / "complete"
        if done.exists():
            return
        _write_configs(self.folder)
        _write_people(self)
        with ProcessPoolExecutor(2) as pool:
            list(pool.map(partial(write_day, self), range(DAYS)))
        done.touch()


def write_day(shop: Shop, day: int) -> None:
    """Write one file a type with the events of a day (0 is the first), as the night's delivery brings them.

    One person in a thousand is new: known from events alone.
    """
    weights = 1 / np.arange(1, len(EVENT_TYPES) + 1)
    for code, event in enumerate(EVENT_TYPES):
        random = np.random.default_rng((shop.seed, day, code))
        n = int(shop.events * weights[code] / weights.sum() / DAYS)
        who = (random.random(n) ** 1.5 * shop.people * 1.001).astype(np.int64)
        rows = {
            "event_id": pa.array((day * 10**9 + np.arange(n)) * 10 + code).cast(pa.string()),
            **_whose(who),
            "happened_at": pa.array(_FIRST_DAY_US + day * _DAY_US + random.integers(0, _DAY_US, n)).cast(
                pa.timestamp("us", "UTC")
            ),
            "amount": pa.array(np.round(random.gamma(1.5, 40.0, n) + 0.01, 2), mask=random.random(n) < 0.02),
            "category": _texts(random, _CATEGORIES, n),
            "device": _texts(random, _DEVICES, n),
        }
        _write(shop.folder / "data" / event / f"{day:03d}.parquet", pa.table(rows))


def _write_people(shop: Shop) -> None:
    random = np.random.default_rng((shop.seed, 0))
    n = shop.people
    rows = {
        **_whose(np.arange(n)),
        **{f"t{i}": _texts(random, [f"v{value}" for value in range(4 + i)], n) for i in range(12)},
        **{f"n{i}": pa.array(random.integers(0, 1_000, n), mask=random.random(n) < 0.1) for i in range(8)},
    }
    _write(shop.folder / "data" / "accounts.parquet", pa.table(rows))


def _whose(who: np.ndarray[Any, np.dtype[np.int64]]) -> dict[str, pa.Array]:
    """``person`` and ``country``; every fourth person is of the smaller site."""
    digits = np.char.zfill(who.astype(str), 9)
    return {
        "person": pa.array(np.char.add("p", digits)),
        "country": pa.DictionaryArray.from_arrays(pa.array((who % 4 == 0).astype(np.int32)), ["BR", "AR"]),
    }


def _texts(random: np.random.Generator, words: list[str], n: int) -> pa.Array:
    codes = (random.random(n) ** 2 * len(words)).astype(np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=random.random(n) < 0.02), words)


def _write(path: Path, rows: pa.Table) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(rows, path, compression="zstd", use_dictionary=["country", "category", "device"])


def _write_configs(folder: Path) -> None:
    site = {"column": "country", "map": COUNTRIES}
    traits = {**{f"t{i}": {"type": "string"} for i in range(12)}, **{f"n{i}": {"type": "long"} for i in range(8)}}
    sources: list[dict[str, Any]] = [
        {
            "source": "accounts", "kind": "people", "read": _parquet("accounts.parquet"), "site": site,
            "person": {"column": "person"}, "traits": traits,
        }
    ]  # fmt: skip
    sources += [
        {
            "source": f"{event}s", "kind": "events", "event": event, "read": _parquet(event), "site": site,
            "person": {"column": "person"}, "at": {"column": "happened_at"}, "id": ["event_id"], "load": "append",
            "properties": {
                "amount": {"type": "double"}, "category": {"type": "string"}, "device": {"type": "string"},
            },
        }
        for event in EVENT_TYPES
    ]  # fmt: skip
    sites = {site: {"zone": zone, "country": site[-2:].upper()} for site, zone in ZONES.items()}
    _dump(folder / "configs/sites.yml", sites)
    _dump(folder / "configs/environments/local.yml", {"lake": "lake", "variables": {"data": "data"}})
    for source in sources:
        _dump(folder / f"configs/sources/{source['source']}.yml", source)


def _parquet(name: str) -> dict[str, str]:
    return {"format": "parquet", "path": f"${{data}}/{name}"}


def _dump(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), "utf-8")  # JSON is YAML
