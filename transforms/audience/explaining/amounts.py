"""How far a measured number, or a trait, is from a value that its condition allows."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

import pyarrow as pa

from plateia.catalogue import ValueType
from plateia.clock import instant_of
from plateia.rules import tree
from plateia.rules.intervals import Bound, Intervals, complement, intersect, next_integer
from plateia.tables import arrow_type
from transforms.audience.leaves import predicates
from transforms.audience.leaves.columns import decode
from transforms.audience.leaves.conditions import Doubles, Integers, Predicate

_EPOCH_DAY = date(1970, 1, 1)


def missing_amount(predicate: Predicate, number: int, *, wanted: bool, lowest: Bound) -> int | None:
    """The least that has to be added to a number (negative: taken away) for a condition to hold, or not to hold.

    Args:
        wanted: Whether the condition shall hold.
        lowest: No number can be less.

    Returns:
        At the number's own scale, more rather than less where both are as near; None where no number does it.
    """
    allowed = predicate.intervals if isinstance(predicate, Integers) else ()
    if not wanted:
        allowed = complement(allowed, next_integer)
    near = _nearest(intersect(allowed, ((lowest, math.inf),)), number)
    return None if near is None else int(near) - number


def allowed_value(node: tree.TraitNode, predicate: Predicate, number: Bound | None) -> object:
    """A value of the trait's type that meets its condition, the nearest one to ``number`` where it has an order.

    None where no single value says it: a condition on arrays, on parts of a text, or one that nothing meets.
    """
    for value in _candidates(node, predicate, number):
        try:
            array = pa.array([value], arrow_type(node.type))
        except (OverflowError, ValueError):  # no value of the type is allowed
            continue
        if bool(predicates.meets(decode(pa.chunked_array([array])), predicate)[0]):
            return value
    return None


def _candidates(node: tree.TraitNode, predicate: Predicate, number: Bound | None) -> Iterator[object]:
    if isinstance(predicate, Doubles):
        near = _nearest(predicate.intervals, 0.0 if number is None else number)
        if near is not None and math.isfinite(near):
            yield float(near)
    elif isinstance(predicate, Integers):
        near = _nearest(predicate.intervals, 0 if number is None else number)
        if near is not None:
            yield from _value(int(near), node.type)
    elif node.type.kind == "string":
        for test in node.condition.tests:
            if test.op in ("eq", "in"):
                yield from test.value if isinstance(test.value, tuple) else (test.value,)


def _nearest(allowed: Intervals, number: Bound) -> Bound | None:
    near = [min(max(number, low), high) for low, high in allowed]
    return min(near, key=lambda bound: (abs(bound - number), -bound), default=None)


def _value(number: int, kind: ValueType) -> Iterator[object]:
    """A number of the canonical axis as a value of its type; nothing where the type cannot hold it."""
    try:
        match kind.kind:
            case "date":
                yield _EPOCH_DAY + timedelta(days=number)
            case "timestamp":
                yield instant_of(number)
            case "boolean":
                yield number > 0
            case "decimal":
                yield Decimal(number).scaleb(-kind.scale)
            case _:
                yield number
    except OverflowError:
        return


def plain(value: object) -> object:
    """A value as JSON and a reader take it."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value if isinstance(value, str | int | float | bool | list | None) else str(value)
