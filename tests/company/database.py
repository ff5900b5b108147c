"""The truth as DuckDB tables for the oracle: a schema a site, instants as TIMESTAMP in UTC."""

from __future__ import annotations

from datetime import UTC, datetime

import duckdb
import pyarrow as pa

from tests.company.world import SITES, Row, Truth

_INSTANT, _TEXTS, _MONEY = pa.timestamp("us"), pa.list_(pa.string()), pa.decimal128(12, 2)

TRAITS = {
    "tier": pa.string(), "level": pa.int64(), "score": pa.float64(), "balance": _MONEY, "active": pa.bool_(),
    "born": pa.date32(), "joined": _INSTANT, "seen": _INSTANT, "tags": _TEXTS, "panel": pa.string(),
    "wave": pa.int64(),
}  # fmt: skip

PROPERTIES = {
    "order": {
        "category": pa.string(), "amount": pa.float64(), "price": _MONEY, "units": pa.int64(), "gift": pa.bool_(),
        "ship_on": pa.date32(), "promised": _INSTANT, "tags": _TEXTS,
    },
    "visit": {"page": pa.string(), "seconds": pa.float64(), "returning": pa.bool_(), "labels": _TEXTS},
    "call": {"topic": pa.string(), "minutes": pa.int64(), "cost": pa.decimal128(10, 3)},
}  # fmt: skip

RELATIONS = {
    "placed": {"channel": pa.string(), "total": pa.float64()},
    "holds": {"units": pa.int64(), "price": _MONEY},
    "sold_by": {"since": pa.date32(), "tags": _TEXTS},
    "based_in": {"km": pa.int64()},
}
_WORDS = {"person_id": pa.string(), "purpose": pa.string(), "at": _INSTANT, "granted": pa.bool_()}


def load(connection: duckdb.DuckDBPyConnection, truth: Truth) -> None:
    """Fill one schema a site with ``people``, ``event_<type>``, ``relation_<name>`` and ``consents``."""
    for site in SITES:
        connection.execute(f"CREATE SCHEMA {site}")
        people = [{"person_id": p, **traits} for (of, p), traits in truth.people.items() if of == site]
        _create(connection, f"{site}.people", people, {"person_id": pa.string(), **TRAITS})
        for kind, properties in PROPERTIES.items():
            rows = [
                {"person_id": event.person_id, "at": event.at, **event.properties}
                for event in truth.events(kind)
                if event.site == site
            ]
            schema = {"person_id": pa.string(), "at": _INSTANT, **properties}
            _create(connection, f"{site}.event_{kind}", rows, schema)
        for relation, properties in RELATIONS.items():
            rows = [row for row in truth.relations[relation] if row["site"] == site]
            schema = {"start": pa.string(), "to_key": pa.string(), **properties}
            _create(connection, f"{site}.relation_{relation}", rows, schema)
        _create(connection, f"{site}.consents", [word for word in truth.words if word["site"] == site], _WORDS)


def _create(connection: duckdb.DuckDBPyConnection, table: str, rows: list[Row], schema: dict[str, pa.DataType]) -> None:
    plain = [{name: _plain(value) for name, value in row.items()} for row in rows]
    connection.register("made", pa.Table.from_pylist(plain, schema=pa.schema(schema)))
    connection.execute(f"CREATE TABLE {table} AS FROM made")
    connection.unregister("made")


def _plain(value: object) -> object:
    return value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value
