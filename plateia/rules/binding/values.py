"""A value's text becomes a value of the type that it is compared with."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from plateia.catalogue import Kind, ValueType
from plateia.rules.tree import Value
from plateia.scalars import parse_boolean, parse_date, parse_integer, parse_number

_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:\d{2})?)?", re.ASCII)
_EXPECTED: dict[Kind, str] = {
    "string": "text",
    "long": "a whole number of at most 64 bits",
    "double": "a number",
    "boolean": "true or false",
    "date": "a date as YYYY-MM-DD",
    "timestamp": "an instant such as 2018-01-31T18:00 (the site's time) or 2018-01-31T18:00:00Z",
    "array": "text",
}


def read_value(text: str, value_type: ValueType) -> Value | None:
    """The value that a text is in a type, or None; an element where the type is an array.

    An instant without an offset stays naive: it is the local time of whichever site it is compared on.
    """
    if value_type.kind == "decimal":
        return _decimal(text, value_type)
    return _READERS[value_type.kind](text)


def expectation(value_type: ValueType) -> str:
    """The words for what ``read_value`` takes."""
    if value_type.kind == "decimal":
        whole = value_type.precision - value_type.scale
        return f"a number of at most {whole} digits before the point and {value_type.scale} after it"
    return _EXPECTED[value_type.kind]


def _text(text: str) -> str:
    return text


def _double(text: str) -> float | None:
    number = parse_number(text)
    value = math.inf if number is None else float(number)
    return value if math.isfinite(value) else None


def _decimal(text: str, value_type: ValueType) -> Decimal | None:
    number = parse_number(text)
    if number is None:
        return None
    number = number.normalize()
    exponent = number.as_tuple().exponent
    fits = isinstance(exponent, int) and -exponent <= value_type.scale
    whole_digits = number.adjusted() + 1 if number else 0
    return number if fits and whole_digits <= value_type.precision - value_type.scale else None


def _instant(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if _INSTANT.fullmatch(text) else None
    except ValueError:
        return None


_READERS: dict[Kind, Callable[[str], Value | None]] = {
    "string": _text,
    "array": _text,
    "long": parse_integer,
    "double": _double,
    "boolean": parse_boolean,
    "date": parse_date,
    "timestamp": _instant,
}
