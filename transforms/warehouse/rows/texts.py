"""Values as text: ids are their digits, never a float; times are ISO 8601."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql import types as T

_EXACT_DOUBLE = 2**53  # beyond it, neighbouring integers are one double
_EXACT_FLOAT = 2**24


def meaningful(value: Column, data_type: T.DataType) -> Column:
    """The value, null where it is NaN: a missing number is missing however it is written."""
    return F.when(~F.isnan(value), value) if isinstance(data_type, T.FloatType | T.DoubleType) else value


def as_text(value: Column, data_type: T.DataType) -> Column:
    """The text of a scalar: whole floats and decimals as digits, instants with ``Z``, naive times without."""
    if isinstance(data_type, T.StringType):
        return value
    if isinstance(data_type, T.FloatType | T.DoubleType):
        return F.coalesce(_digits(value, data_type), meaningful(value, data_type).cast("string"))
    if isinstance(data_type, T.DecimalType) and data_type.scale:
        return F.regexp_replace(value.cast("string"), r"\.?0+\z", "")
    if isinstance(data_type, T.TimestampType | T.TimestampNTZType):
        mark = "Z" if isinstance(data_type, T.TimestampType) else ""
        return F.concat(F.translate(value.cast("string"), " ", "T"), F.lit(mark))
    return value.cast("string")


def as_id(value: Column, data_type: T.DataType) -> Column:
    """The text of an identifier: null for a float that may have lost digits or is not whole."""
    floating = isinstance(data_type, T.FloatType | T.DoubleType)
    return _digits(value, data_type) if floating else as_text(value, data_type)


def _digits(value: Column, data_type: T.DataType) -> Column:
    limit = _EXACT_FLOAT if isinstance(data_type, T.FloatType) else _EXACT_DOUBLE
    whole = (F.abs(value) <= F.lit(float(limit))) & (value == F.floor(value))
    # NaN is greater than any limit, so it is never cast.
    return F.when(whole, value.cast("long").cast("string"))
