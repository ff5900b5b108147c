"""A value becomes its declared type or nothing: no cast loses anything, and what is missing is not what has failed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from plateia.declarations.columns import parse_type
from transforms.warehouse.rows.casts import present, typed
from transforms.warehouse.rows.texts import as_id

FAILS, MISSING = "fails", "missing"
ZONE = "America/New_York"


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


TEXT: dict[str, list[tuple[str | None, object]]] = {
    "long": [
        ("1", 1), ("-0", 0), ("+3", 3), ("012", 12), ("9223372036854775807", 2**63 - 1),
        ("9223372036854775808", FAILS), ("1.5", FAILS), ("1.0", FAILS), ("1e3", FAILS), (" 1", FAILS), ("", FAILS),
        ("٣", FAILS), (None, MISSING),
    ],
    "double": [
        ("1", 1.0), ("-2.50", -2.5), (".5", 0.5), ("5.", 5.0), ("1e3", 1000.0), ("0.1", 0.1),
        ("NaN", MISSING), ("nan", MISSING), ("inf", FAILS), ("1e999", FAILS), ("1d", FAILS), ("0x1p3", FAILS),
        ("1,5", FAILS), ("", FAILS),
    ],
    "decimal(5,2)": [
        ("1", Decimal("1.00")), ("-123.4", Decimal("-123.40")), ("12.340", Decimal("12.34")), ("12.345", FAILS),
        ("1234.5", FAILS), ("1e2", FAILS), ("NaN", FAILS),
    ],
    "boolean": [
        ("true", True), ("FALSE", False), ("1", True), ("0", False), ("t", FAILS), ("yes", FAILS), ("2", FAILS),
    ],
    "date": [
        ("2024-02-29", date(2024, 2, 29)), ("2023-02-29", FAILS), ("2024-2-9", FAILS), ("0000-01-01", FAILS),
        ("2024-01-01T23:30", date(2024, 1, 1)), ("2024-01-01T03:00:00Z", date(2023, 12, 31)), ("20240101", FAILS),
    ],
    "timestamp": [
        ("2024-01-01", _at("2024-01-01T05:00")), ("2024-01-01 10:00", _at("2024-01-01T15:00")),
        ("2024-01-01T10:00:00Z", _at("2024-01-01T10:00")), ("2024-01-01T10:00:00+05:30", _at("2024-01-01T04:30")),
        ("2024-01-01T10:00:00.123456789-0300", _at("2024-01-01T13:00:00.123456")),
        ("2024-03-10T02:30:00", _at("2024-03-10T07:30")),  # in a gap: forward by the gap
        ("2024-11-03T01:30:00", _at("2024-11-03T05:30")),  # in a fold: the first
        ("2024-01-01T24:00:00", FAILS), ("10:00", FAILS), ("2024", FAILS), ("2024-01-01T10:00 Europe/Paris", FAILS),
    ],
    "array<string>": [
        ('["b", null, 1, true]', ["b", "1", "true"]), ("[]", []), ("b", FAILS), ('{"a": 1}', FAILS), ("[1", FAILS),
    ],
    "string": [(" x ", " x "), ("", ""), ("ñ", "ñ"), (None, MISSING)],
}  # fmt: skip


@pytest.mark.parametrize("wanted", TEXT)
def test_text(spark: SparkSession, wanted: str) -> None:
    words, expected = zip(*TEXT[wanted], strict=True)
    assert _cast(spark, words, T.StringType(), wanted) == dict(zip(words, expected, strict=True))


DOUBLES = (1.0, -0.0, 1.5, 0.3, 0.1 + 0.2, 2.0**53, 2.0**63, float("inf"), None)
NUMBERS: dict[str, dict[object, object]] = {
    "long": dict(zip(DOUBLES, (1, 0, FAILS, FAILS, FAILS, 2**53, FAILS, FAILS, MISSING), strict=True)),
    "double": dict(zip(DOUBLES, (1.0, -0.0, 1.5, 0.3, 0.1 + 0.2, 2.0**53, 2.0**63, FAILS, MISSING), strict=True)),
    "decimal(5,2)": dict(
        zip(
            DOUBLES,
            (Decimal("1.00"), Decimal("0.00"), Decimal("1.50"), Decimal("0.30"), *[FAILS] * 4, MISSING),
            strict=True,
        )
    ),
    "string": dict(
        zip(
            DOUBLES,
            ("1", "0", "1.5", "0.3", "0.30000000000000004", str(2**53), "9.223372036854776E18", "Infinity", MISSING),
            strict=True,
        )
    ),
}


@pytest.mark.parametrize("wanted", NUMBERS)
def test_doubles(spark: SparkSession, wanted: str) -> None:
    assert _cast(spark, DOUBLES, T.DoubleType(), wanted) == NUMBERS[wanted]


def test_other_types(spark: SparkSession) -> None:
    big = 2**53 + 1
    assert _cast(spark, [big], T.LongType(), "double") == {big: FAILS}
    assert _cast(spark, [big], T.LongType(), "string") == {big: str(big)}
    assert _cast(spark, [0, 1, 2], T.IntegerType(), "boolean") == {0: False, 1: True, 2: FAILS}
    prices = [Decimal("12.300"), Decimal("12.345"), Decimal("7.000")]
    in_cents: list[object] = [Decimal("12.30"), FAILS, Decimal("7.00")]
    assert list(_cast(spark, prices, T.DecimalType(9, 3), "decimal(5,2)").values()) == in_cents
    assert list(_cast(spark, prices, T.DecimalType(9, 3), "long").values()) == [FAILS, FAILS, 7]
    assert list(_cast(spark, prices, T.DecimalType(9, 3), "string").values()) == ["12.3", "12.345", "7"]


def test_not_a_number_is_missing_and_an_id_is_never_a_float(spark: SparkSession) -> None:
    numbers = [7.0, 7.5, float("nan"), 2.0**53 + 2]
    frame = spark.createDataFrame([(number,) for number in numbers], "x double")
    value = typed(
        present(F.col("x"), T.DoubleType(), parse_type("long")), T.DoubleType(), parse_type("long"), zone=F.lit("UTC")
    )
    rows = frame.select(
        present(F.col("x"), T.DoubleType(), parse_type("long")), value, as_id(F.col("x"), T.DoubleType())
    ).collect()
    assert [tuple(row) for row in rows][:3] == [(7.0, 7, "7"), (7.5, None, None), (None, None, None)]
    assert rows[3][2] is None  # beyond 2^53 a float may have lost digits


def _cast(spark: SparkSession, values: Sequence[object], data_type: T.DataType, wanted: str) -> dict[object, object]:
    """Value -> what it becomes, or whether it is missing or fails."""
    value_type = parse_type(wanted)
    assert value_type is not None
    schema = T.StructType([T.StructField("x", data_type)])
    there = present(F.col("x"), data_type, value_type)
    value = typed(there, data_type, value_type, zone=F.lit(ZONE))
    shown = value.cast("string") if wanted == "timestamp" else value
    rows = spark.createDataFrame([(v,) for v in values], schema).select(there.isNull(), shown).collect()
    return {v: _outcome(row[0], row[1], wanted) for v, row in zip(values, rows, strict=True)}


def _outcome(is_missing: bool, value: object, wanted: str) -> object:
    if value is None:
        return MISSING if is_missing else FAILS
    return _at(str(value)) if wanted == "timestamp" else value
