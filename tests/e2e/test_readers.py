"""The published tables read alike by Spark, deltalake, DuckDB and polars."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import duckdb_extension_delta
import polars as pl
import pyarrow as pa
import pytest
from deltalake import DeltaTable, QueryBuilder

from tests.lakes import BuiltLake

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SMALL = (
    "people", "event_coupon_redeemed", "event_campaign_received", "person_ordinals", "warehouse_current",
    "audience_members", "audience_changes", "audience_current", "audience_runs", "quality_results",
)  # fmt: skip

Read = Callable[[str], list[dict[str, Any]]]


def _by_deltalake(uri: str) -> list[dict[str, Any]]:
    rows = QueryBuilder().register("published", DeltaTable(uri)).execute("SELECT * FROM published")
    return pa.table(rows).to_pylist()


def _by_polars(uri: str) -> list[dict[str, Any]]:
    return pl.read_delta(uri).to_dicts()


def _duckdb() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    (extension,) = Path(duckdb_extension_delta.__file__).parent.rglob("delta.duckdb_extension")
    connection.load_extension(str(extension))
    return connection


def _by_duckdb(uri: str) -> list[dict[str, Any]]:
    return _duckdb().execute(f"FROM delta_scan('{uri}')").to_arrow_table().to_pylist()


@pytest.fixture
def by_spark(spark: SparkSession) -> Read:
    return lambda uri: spark.read.format("delta").load(uri).toArrow().to_pylist()


@pytest.mark.parametrize("table", SMALL)
def test_every_reader_sees_the_same_rows(table: str, demo_lake: BuiltLake, by_spark: Read) -> None:
    uri = demo_lake.uri(table)
    expected = _sorted(by_spark(uri))
    assert expected, "an empty table would prove nothing"
    for read in (_by_deltalake, _by_duckdb, _by_polars):
        assert _sorted(read(uri)) == expected, read.__name__


def test_every_reader_sums_the_same_purchases(demo_lake: BuiltLake, spark: SparkSession) -> None:
    uri = demo_lake.uri("event_purchase")
    asked = "count(*), count(DISTINCT event_id), sum(quantity), min(ordinal), max(ordinal), count(department)"
    query = f"SELECT {asked} FROM {{}}"
    spark.read.format("delta").load(uri).createOrReplaceTempView("purchases_read_back")
    seen = {
        "spark": tuple(spark.sql(query.format("purchases_read_back")).collect()[0]),
        "duckdb": _duckdb().execute(query.format(f"delta_scan('{uri}')")).fetchone(),
        "polars": pl.SQLContext(t=pl.scan_delta(uri)).execute(query.format("t")).collect().row(0),
        "deltalake": _one(QueryBuilder().register("t", DeltaTable(uri)).execute(query.format("t"))),
    }
    assert seen["spark"][0] == 1_469_307
    assert set(seen.values()) == {seen["spark"]}


def _one(rows: Any) -> tuple[Any, ...]:
    return tuple(pa.table(rows).to_pylist()[0].values())


def _sorted(rows: list[dict[str, Any]]) -> list[tuple[tuple[str, object], ...]]:
    return sorted((tuple((name, _plain(row[name])) for name in sorted(row)) for row in rows), key=repr)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return bytes(value) if isinstance(value, bytearray) else value
