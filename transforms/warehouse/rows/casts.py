"""Casts that lose nothing: what a source's value is in its declared type, or null where it cannot be that.

Text must be the whole value: no blanks around numbers, no ``1.5`` for a long, digits beyond a decimal's scale only if
they are zeros. A double takes the nearest text; between numbers, a cast must come back to what it was. Booleans are
``true`` and ``false`` in any case, 1 and 0. An infinite number is no value.
"""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from plateia.catalogue import ValueType
from transforms.warehouse.rows.texts import as_text, meaningful
from transforms.warehouse.rows.times import to_date, to_instant

_INTEGER = r"\A[+-]?\d+\z"
_FLOATING = r"\A[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?\z"
_NAN = r"\A[nN][aA][nN]\z"
_INFINITE = float("inf")

_TEXT = (T.StringType, T.NullType)
_TIMES = (T.DateType, T.TimestampType, T.TimestampNTZType)
_SCALARS = (*_TEXT, *_TIMES, T.NumericType, T.BooleanType)
_ACCEPTED: dict[str, tuple[type[T.DataType], ...]] = {
    "string": _SCALARS,
    "long": (*_TEXT, T.NumericType),
    "double": (*_TEXT, T.NumericType),
    "decimal": (*_TEXT, T.NumericType),
    "boolean": (*_TEXT, T.BooleanType, T.IntegralType),
    "date": (*_TEXT, *_TIMES),
    "timestamp": (*_TEXT, *_TIMES),
    "array": (*_TEXT, T.ArrayType),
}


def spark_type(value_type: ValueType) -> T.DataType:
    """The Spark type that holds a configured type in our tables."""
    if value_type.kind == "decimal":
        return T.DecimalType(value_type.precision, value_type.scale)
    return {
        "string": T.StringType(),
        "long": T.LongType(),
        "double": T.DoubleType(),
        "boolean": T.BooleanType(),
        "date": T.DateType(),
        "timestamp": T.TimestampType(),
        "array": T.ArrayType(T.StringType()),
    }[value_type.kind]


def can_become(data_type: T.DataType, value_type: ValueType) -> bool:
    """Whether values of a Spark type may be of a configured type at all."""
    if isinstance(data_type, T.ArrayType) and value_type.kind == "array":
        return isinstance(data_type.elementType, _SCALARS)
    return isinstance(data_type, _ACCEPTED[value_type.kind])


def always_fits(data_type: T.DataType, value_type: ValueType) -> bool:
    """Whether every present value of a Spark type is one of the configured type, so that no cast can fail."""
    whole = isinstance(data_type, T.ByteType | T.ShortType | T.IntegerType | T.LongType)
    return (value_type.kind == "long" and whole) or (
        value_type.kind in ("string", "boolean", "date") and data_type == spark_type(value_type)
    )


def present(value: Column, data_type: T.DataType, value_type: ValueType) -> Column:
    """The raw value, null where it is missing: NaN always, and the text NaN where a double is meant."""
    if isinstance(data_type, T.NullType):
        return value.cast("string")
    if isinstance(data_type, T.StringType) and value_type.kind == "double":
        return F.when(~value.rlike(_NAN), value)
    return meaningful(value, data_type)


def typed(value: Column, data_type: T.DataType, value_type: ValueType, *, zone: Column, naive: bool = False) -> Column:
    """A present raw value in its declared type; null where the cast would lose something."""
    if isinstance(data_type, T.NullType):
        data_type = T.StringType()
    match value_type.kind:
        case "string":
            return as_text(value, data_type)
        case "boolean":
            return _boolean(value, data_type)
        case "date":
            return to_date(value, data_type, zone, naive=naive)
        case "timestamp":
            return to_instant(value, data_type, zone, naive=naive)
        case "array":
            return _array(value, data_type)
        case _:
            number = _number_of_text if isinstance(data_type, T.StringType) else _number
            return number(value, data_type, value_type)


def fitted(column: str, rows: DataFrame, wanted: ValueType) -> Column:
    """A column of stored rows in a type that may have been declared since; missing where it cannot be."""
    if column not in rows.columns:
        return F.lit(None).cast(spark_type(wanted))
    found = rows.schema[column].dataType
    if found == spark_type(wanted):
        return F.col(column)
    if not can_become(found, wanted):
        return F.lit(None).cast(spark_type(wanted))
    return typed(present(F.col(column), found, wanted), found, wanted, zone=F.lit("UTC"))


def outside(value: Column, value_type: ValueType, closed: Sequence[str]) -> Column:
    """Whether a typed value (or an item of it) is not in a closed set; false for a missing one."""
    if value_type.kind == "array":
        return F.coalesce(F.size(F.array_except(value, F.array(*map(F.lit, closed)))) > 0, F.lit(False))
    literals = [F.lit(word).cast(spark_type(value_type)) for word in closed]
    return F.coalesce(~value.isin(*literals), F.lit(False))


def _number_of_text(value: Column, _: T.DataType, value_type: ValueType) -> Column:
    if value_type.kind == "decimal":
        pattern = rf"\A[+-]?\d+(\.\d{{0,{value_type.scale}}}0*)?\z"
    else:
        pattern = _INTEGER if value_type.kind == "long" else _FLOATING
    number = F.when(value.rlike(pattern), value).try_cast(spark_type(value_type))
    return _finite(number) if value_type.kind == "double" else number


def _number(value: Column, data_type: T.DataType, value_type: ValueType) -> Column:
    target = spark_type(value_type)
    cast = value.try_cast(target)
    if data_type == target or (isinstance(data_type, T.IntegralType) and value_type.kind == "long"):
        return _finite(cast) if value_type.kind == "double" else cast
    same = F.when(cast.try_cast(data_type) == value, cast)
    # A float of 2^63 comes back from the greatest long: in doubles the two are equal.
    if value_type.kind == "long" and isinstance(data_type, T.FloatType | T.DoubleType):
        return F.when(F.abs(value) < F.lit(2.0**63), same)
    return _finite(same) if value_type.kind == "double" else same


def _finite(value: Column) -> Column:
    return F.when(F.abs(value) < F.lit(_INFINITE), value)


def _boolean(value: Column, data_type: T.DataType) -> Column:
    if isinstance(data_type, T.BooleanType):
        return value
    if isinstance(data_type, T.IntegralType):
        return F.when(value.isin(0, 1), value == 1)
    word = F.lower(value)
    return F.when(word.isin("true", "1"), F.lit(True)).when(word.isin("false", "0"), F.lit(False))


def _array(value: Column, data_type: T.DataType) -> Column:
    """Items as text, nulls dropped; text must be a JSON array."""
    if isinstance(data_type, T.ArrayType):
        item = data_type.elementType
        return F.array_compact(F.transform(value, lambda x: as_text(meaningful(x, item), item)))
    parsed = F.from_json(value, "array<string>")
    return F.when(value.rlike(r"\A\s*\["), F.array_compact(parsed))
