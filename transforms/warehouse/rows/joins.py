"""Look-ups: left joins on keys that are unique on the other side."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from plateia.declarations.sources import Source
from transforms.warehouse.rows.columns import LookUp, SourceColumn, SourceRows
from transforms.warehouse.rows.filters import balanced
from transforms.warehouse.rows.texts import as_id


def matched_flag(join: str) -> str:
    """Name of the column that says whether a row has found its look-up."""
    return f"matched_{join}"


def repeated_keys(look_up: LookUp) -> DataFrame:
    """The keys that stand more than once in a look-up; keys with a missing part match nothing and do not count."""
    return look_up.frame.na.drop(subset=list(look_up.keys)).groupBy(*look_up.keys).count().where(F.col("count") > 1)


def join_all(rows: SourceRows, source: Source, look_ups: Mapping[str, LookUp]) -> SourceRows:
    """The rows with every look-up joined, in the order of their declaration: a later one may build on an earlier."""
    for join, look_up in look_ups.items():
        rows = _join(rows, join, source.joins[join].on, look_up)
    return rows


def _join(rows: SourceRows, join: str, on: Mapping[str, str], look_up: LookUp) -> SourceRows:
    schema = look_up.frame.schema
    equal = [
        _equal(rows[here], SourceColumn(key, schema[key].dataType)) for here, key in zip(on, look_up.keys, strict=True)
    ]
    there = look_up.frame.withColumn(matched_flag(join), F.lit(True))
    joined = rows.frame.join(there, on=balanced(equal, lambda a, b: a & b), how="left").drop(*look_up.keys)
    return SourceRows(joined, {**rows.columns, **look_up.columns})


def _equal(here: SourceColumn, there: SourceColumn) -> Column:
    """Ids of one type are compared as they are, others (an integer here, text there) by their text."""
    exact = here.type == there.type and not isinstance(here.type, T.FloatType | T.DoubleType)
    if exact:
        return here.value == there.value
    return as_id(here.value, here.type) == as_id(there.value, there.type)
