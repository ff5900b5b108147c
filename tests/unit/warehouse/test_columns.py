"""Columns are found by their exact names, inside structures too, and a missing one is said in one sentence."""

from __future__ import annotations

import pytest
from pyspark.sql import types as T

from plateia.catalogue import ValueType
from plateia.declarations.columns import parse_type
from plateia.declarations.sources import EventsSource, SiteColumn
from transforms.warehouse.rows.casts import can_become
from transforms.warehouse.rows.columns import find_column, join_of, named_columns

SCHEMA = T.StructType(
    [
        T.StructField("amount", T.DoubleType()),
        T.StructField("user.id", T.LongType()),
        T.StructField("user", T.StructType([T.StructField("id", T.StringType()), T.StructField("a.b", T.DateType())])),
    ]
)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        pytest.param("amount", ["amount"], id="top level"),
        pytest.param("Amount", None, id="case matters"),
        pytest.param("user.id", ["user.id"], id="a name with a dot comes before a structure"),
        pytest.param("user.a.b", ["user", "a.b"], id="in a structure, its name with a dot"),
        pytest.param("user.x", None, id="not in the structure"),
        pytest.param("amount.x", None, id="no structure"),
        pytest.param("", None, id="empty"),
    ],
)
def test_a_column_is_found_by_its_exact_name(name: str, path: list[str] | None) -> None:
    assert find_column(SCHEMA, name) == path


def test_named_columns_are_all_that_a_source_needs() -> None:
    source = EventsSource.model_validate(
        {
            "source": "orders",
            "kind": "events",
            "event": "order",
            "table": "shop.orders",
            "joins": {"items": {"table": "shop.items", "on": {"item": "id"}}},
            "site": {"column": "country"},
            "person": {"column": "buyer"},
            "at": {"column": "at"},
            "id": ["order", "line"],
            "properties": {"category": {"type": "string", "column": "items.category"}, "amount": {"type": "double"}},
        }
    )
    assert isinstance(source.site, SiteColumn)
    named = named_columns(source)
    assert sorted(named) == ["amount", "at", "buyer", "country", "item", "items.category", "line", "order"]
    assert [join_of(source, name) for name in ("items.category", "amount", "item")] == ["items", None, None]


@pytest.mark.parametrize(
    ("found", "wanted", "possible"),
    [
        (T.StringType(), "long", True),
        (T.DecimalType(20, 0), "long", True),
        (T.BooleanType(), "long", False),
        (T.IntegerType(), "boolean", True),
        (T.DoubleType(), "boolean", False),
        (T.LongType(), "timestamp", False),
        (T.TimestampNTZType(), "date", True),
        (T.BinaryType(), "string", False),
        (T.ArrayType(T.LongType()), "array<string>", True),
        (T.ArrayType(T.ArrayType(T.StringType())), "array<string>", False),
        (T.ArrayType(T.StringType()), "string", False),
        (T.NullType(), "decimal(5,2)", True),
    ],
)
def test_types_that_can_never_become_another_are_told_apart(found: T.DataType, wanted: str, possible: bool) -> None:
    value_type = parse_type(wanted)
    assert isinstance(value_type, ValueType)
    assert can_become(found, value_type) is possible
