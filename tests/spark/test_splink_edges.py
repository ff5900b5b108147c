"""Spark scores pairs of records as DuckDB does, as near as their random samples are."""

from __future__ import annotations

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from models.splink_edges.edges import EDGES, fuzzy_edges
from tests.unit.splink_edges.test_edges import matching, people


def test_spark_and_duckdb_find_the_same_pairs(spark: SparkSession) -> None:
    records = pa.Table.from_pylist(people(150, seed=3))
    options = {"record": "id", "seed": 1, "at_least": 0.5}
    in_process = fuzzy_edges(records, matching(), **options)
    on_spark = fuzzy_edges(spark.createDataFrame(records), matching(), **options)
    assert on_spark.schema == EDGES
    ends = ["record_a", "record_b"]
    assert on_spark.select(ends).equals(in_process.select(ends))
    assert on_spark["confidence"].to_pylist() == pytest.approx(in_process["confidence"].to_pylist(), abs=0.01)
