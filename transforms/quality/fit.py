"""An expectation fitted to the table it is about: bounds and sets in the type of their column, or why that cannot be.

Great Expectations hands values to Spark as they are, and Spark casts the column's side: a cast that fails ends the
query and prints the value. So whatever does not fit is told apart here, before a row is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

from pyspark.sql import types as T

from plateia.declarations.expectation_types import EXPECTATIONS, Fits, Form, Parameter
from plateia.declarations.suites import Expectation
from transforms.quality.defaults import columns_of
from transforms.warehouse.rows.columns import filter_columns

Scalar: TypeAlias = str | int | float | Decimal | bool | date | datetime
Fitted: TypeAlias = Parameter | Scalar | list[Scalar]

_EXISTENCE = (
    "expect_column_to_exist",
    "expect_table_columns_to_match_set",
    "expect_table_columns_to_match_ordered_list",
)
_BOOLEANS = {"true": True, "false": False}


class UnfitError(Exception):
    """Raised when an expectation means nothing for a table; the message is a phrase without any value of a row."""


def fit(expectation: Expectation, schema: T.StructType) -> dict[str, Fitted]:
    """The parameters of an expectation as Great Expectations takes them for a table of this schema.

    Raises:
        UnfitError: A column is missing or of a type that cannot be looked at so, or a parameter is not of its type.
    """
    held = {field.name: field.dataType for field in schema.fields}
    if expectation.type in _EXISTENCE:
        return dict(expectation.parameters)
    columns = columns_of(expectation)
    if missing := [name for name in (*columns, *filter_columns(expectation.where)) if name not in held]:
        raise UnfitError(f"the table has no column {', '.join(missing)}")
    types = [held[name] for name in columns]
    known = EXPECTATIONS[expectation.type]
    if unfit := [t for t in types if not _FITS[known.fits](t)]:
        raise UnfitError(f"it needs {_WORDS[known.fits]}, and the column is {unfit[0].simpleString()}")
    if known.fits == "alike" and len({t.simpleString() for t in types}) > 1:
        raise UnfitError(f"it needs columns of one type, and these are {', '.join(t.simpleString() for t in types)}")
    try:
        return {key: _typed(value, known.parameters[key], types) for key, value in expectation.parameters.items()}
    except (ValueError, InvalidOperation, KeyError):
        raise UnfitError(f"its parameters do not fit a column of type {types[0].simpleString()}") from None


def _typed(value: Parameter, form: Form, types: Sequence[T.DataType]) -> Fitted:
    """A bound, or each value of a set, in the type of the first column; other parameters as they are."""
    if form == "bound":
        return float(str(value)) if isinstance(types[0], T.NumericType) else _reader(types[0])(str(value))
    if form == "values" and isinstance(value, list):
        return [_reader(types[0])(str(item)) for item in value]
    return value


def _reader(column: T.DataType) -> Callable[[str], Scalar]:
    readers: tuple[tuple[type[T.DataType], Callable[[str], Scalar]], ...] = (
        (T.IntegralType, int),
        (T.DecimalType, Decimal),
        (T.FractionalType, float),
        (T.BooleanType, _BOOLEANS.__getitem__),
        (T.DateType, date.fromisoformat),
        (T.TimestampType, _instant),
    )
    return next((read for kind, read in readers if isinstance(column, kind)), str)


def _instant(text: str) -> datetime:
    """The instant as Spark's Python side means it: naive, in the process's own zone; without an offset it is UTC."""
    moment = datetime.fromisoformat(text)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone().replace(tzinfo=None)


def _is_ordered(column: T.DataType) -> bool:
    return isinstance(column, T.NumericType | T.DateType | T.TimestampType)


_FITS: Mapping[Fits, Callable[[T.DataType], bool]] = {
    "any": lambda _: True,
    "alike": lambda _: True,
    "number": lambda column: isinstance(column, T.NumericType),
    "ordered": _is_ordered,
    "text": lambda column: isinstance(column, T.StringType),
}
_WORDS: Mapping[Fits, str] = {"number": "a number", "ordered": "a number, date or time", "text": "text"}
