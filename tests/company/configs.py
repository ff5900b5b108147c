"""The company's configuration folder: sites, sources, an environment and the audiences."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from tests.company.audiences import documents
from tests.company.world import COUNTRIES

_MAP = {country: site for country, (site, _) in COUNTRIES.items()}


def _columns(**types: str) -> dict[str, dict[str, Any]]:
    return {name: {"type": kind} for name, kind in types.items()}


_ACCOUNTS = {
    "source": "accounts",
    "kind": "people",
    "read": {"format": "parquet", "path": "${data}/accounts.parquet"},
    "site": {"column": "country", "map": _MAP},
    "person": {"column": "account_id", "identifier": "account"},
    "latest_by": "updated_at",
    "traits": {
        **_columns(tier="string", level="long", score="double", balance="decimal(12,2)", active="boolean"),
        **_columns(born="date", joined="timestamp", tags="array<string>"),
        "seen": {"type": "timestamp", "column": "seen_local", "zone": "site"},
    },
}

_PANEL = {
    "source": "panel",
    "kind": "people",
    "read": {"format": "csv", "path": "${data}/panel.csv", "options": {"header": True, "escape": '"'}},
    "site": "us",
    "person": {"column": "person", "identifier": "account"},
    "traits": _columns(panel="string", wave="long"),
}

_ORDERS = {
    "source": "orders",
    "kind": "events",
    "event": "order",
    "read": {"format": "parquet", "path": "${data}/orders"},
    "joins": {
        "items": {"read": {"format": "parquet", "path": "${data}/items.parquet"}, "on": {"item_id": "item_id"}},
    },
    "site": {"column": "country", "map": _MAP},
    "person": {"column": "account_id", "identifier": "account"},
    "at": {"column": "ordered_at"},
    "id": ["order_id"],
    "where": {"status": {"in": ["paid", "shipped"]}},
    "properties": {
        "category": {"type": "string", "column": "items.category"},
        **_columns(amount="double", price="decimal(12,2)", units="long", gift="boolean", ship_on="date"),
        **_columns(promised="timestamp", tags="array<string>"),
    },
}

_US_ORDERS = {
    "source": "us_orders",
    "kind": "events",
    "event": "order",
    "read": {"format": "csv", "path": "${data}/us_orders.csv", "options": {"header": True, "escape": '"'}},
    "site": "us",
    "person": {"column": "person", "identifier": "account"},
    "at": {"column": "at", "zone": "site"},
    "id": ["order"],
    "properties": _columns(amount="double", price="decimal(12,2)", units="long", gift="boolean", ship_on="date"),
}

_VISITS = {
    "source": "visits",
    "kind": "events",
    "event": "visit",
    "read": {"format": "json", "path": "${data}/visits.jsonl"},
    "site": {"column": "country", "map": {country.lower(): site for country, site in _MAP.items()}},
    "person": {"column": "account", "identifier": "account"},
    "at": {"column": "local_time", "zone": "site"},
    "id": ["device", "seq"],
    "properties": _columns(page="string", seconds="double", returning="boolean", labels="array<string>"),
}

_CALLS = {
    "source": "calls",
    "kind": "events",
    "event": "call",
    "read": {"format": "delta", "path": "${data}/calls"},
    "site": {"column": "country", "map": _MAP},
    "person": {"column": "caller", "identifier": "account"},
    "at": {"column": "local_at", "zone": "site", "naive": True},
    "id": ["call"],
    "load": "append",
    "properties": {
        "topic": {"type": "string", "values": ["delivery", "payment", "returns"]},
        **_columns(minutes="long", cost="decimal(10,3)"),
    },
}


_CARTS = {
    "source": "carts",
    "kind": "relation",
    "relation": "placed",
    "read": {"format": "parquet", "path": "${data}/carts.parquet"},
    "site": {"column": "country", "map": _MAP},
    "from": {"person": "account"},
    "to": {"entity": "cart", "key": "cart"},
    "properties": _columns(channel="string", total="double"),
}

_LINES = {
    "source": "lines",
    "kind": "relation",
    "relation": "holds",
    "read": {"format": "csv", "path": "${data}/lines.csv", "options": {"header": True, "escape": '"'}},
    "site": {"column": "country", "map": _MAP},
    "from": {"entity": "cart", "key": "cart"},
    "to": {"entity": "item", "key": ["shop", "sku"]},
    "properties": _columns(units="long", price="decimal(12,2)"),
}

_SELLERS = {
    "source": "sellers",
    "kind": "relation",
    "relation": "sold_by",
    "read": {"format": "json", "path": "${data}/sellers.jsonl"},
    "site": {"column": "country", "map": _MAP},
    "from": {"entity": "item", "key": ["shop", "sku"]},
    "to": {"entity": "seller", "key": "seller"},
    "properties": _columns(since="date", tags="array<string>"),
}

_TOWNS = {
    "source": "towns",
    "kind": "relation",
    "relation": "based_in",
    "read": {"format": "csv", "path": "${data}/towns.csv", "options": {"header": True}},
    "site": "mpe",
    "from": {"entity": "seller", "key": "seller"},
    "to": {"entity": "town", "key": "town"},
    "properties": _columns(km="long"),
}

_CONSENTS = {
    "source": "consents",
    "kind": "consents",
    "read": {"format": "csv", "path": "${data}/consents.csv", "options": {"header": True}},
    "site": {"column": "country", "map": _MAP},
    "person": {"column": "account", "identifier": "account"},
    "purpose": {"column": "purpose", "values": ["ads", "mail"]},
    "granted": "granted",
    "at": {"column": "at", "zone": "site"},
}

_SOURCES = (
    _ACCOUNTS, _PANEL, _ORDERS, _US_ORDERS, _VISITS, _CALLS, _CARTS, _LINES, _SELLERS, _TOWNS, _CONSENTS,
)  # fmt: skip


def write_configs(root: Path) -> Path:
    """Write ``root/configs``; the raw files are expected in ``root/data``. Returns the folder."""
    configs = root / "configs"
    for folder in ("sources", "audiences", "environments"):
        (configs / folder).mkdir(parents=True)
    sites = {site: {"zone": zone, "country": country} for country, (site, zone) in COUNTRIES.items()}
    _write(configs / "sites.yml", [sites])
    _write(configs / "environments" / "local.yml", [{"lake": "lake", "variables": {"data": "data"}}])
    for source in _SOURCES:
        _write(configs / "sources" / f"{source['source']}.yml", [source])
    (configs / "audiences" / "friends.csv").write_text(
        "person_id\nñ-1\n1\nnobody\nvisitor-ü-3\n9007199254741000\n", encoding="utf-8"
    )
    _write(configs / "audiences" / "all.yml", documents())
    return configs


def _write(path: Path, content: list[dict[str, Any]]) -> None:
    unshared = json.loads(json.dumps(content))  # what is used twice would come out as an alias
    text = yaml.safe_dump_all(unshared, allow_unicode=True, sort_keys=False, width=1_000)
    path.write_text(text, encoding="utf-8")
