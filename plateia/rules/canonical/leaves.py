"""Canonical conditions, filters, measures and windows: the parts of leaves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import cast

from plateia.rules.tree import (
    Ago,
    Condition,
    Days,
    Duration,
    Filter,
    FilterGroup,
    Last,
    Measure,
    Next,
    Op,
    Previous,
    PropertyTest,
    Test,
    Value,
    Window,
)

_MINUTES = {"min": 1, "h": 60, "d": 1_440, "w": 10_080}
_SINGLE_OF: dict[Op, Op] = {"in": "eq", "not_in": "ne"}


def canonical_condition(condition: Condition) -> Condition:
    """Bounds apart, sets sorted, ``missing: false`` gone where another test says so anyway."""
    tests = {canonical for test in condition.tests for canonical in _tests(test)}
    if len(tests) > 1:
        # Comparing a missing value is false for every operator, so that each of the others implies it.
        tests.discard(Test("missing", False))
    return Condition(tuple(sorted(tests, key=repr)), condition.ignore_case)


def canonical_filter(node: Filter) -> Filter:
    """Nested groups of one kind flat, repetitions gone, sorted; a group of one is that one."""
    if isinstance(node, PropertyTest):
        return replace(node, condition=canonical_condition(node.condition))
    # None of some is none of any of them: there, too, an any within is no group of its own.
    inner = "any" if node.op == "none" else node.op
    items: set[Filter] = set()
    for item in node.items:
        canonical = canonical_filter(item)
        nested = isinstance(canonical, FilterGroup) and canonical.op == inner
        items |= set(cast(FilterGroup, canonical).items) if nested else {canonical}
    if len(items) == 1 and node.op != "none":
        return items.pop()
    return FilterGroup(node.op, tuple(sorted(items, key=repr)))


def canonical_measure(measure: Measure) -> Measure:
    """The same measure with its condition or window in canonical form."""
    condition = None if measure.condition is None else canonical_condition(measure.condition)
    window = None if measure.window is None else canonical_window(measure.window)
    return replace(measure, condition=condition, window=window)


def canonical_window(window: Window) -> Window:
    """Lengths in their largest unit up to days; yesterday is the last whole day."""
    match window:
        case Last(duration):
            return Last(canonical_duration(duration))
        case Ago(start, end):
            return Ago(canonical_duration(start), canonical_duration(end))
        case Next(duration):
            return Next(canonical_duration(duration))
        case Previous("day"):
            return Days(1)
    return window


def canonical_duration(duration: Duration) -> Duration:
    """Whole days as days, else whole hours as hours, else minutes."""
    minutes = duration.amount * _MINUTES[duration.unit]
    if minutes % _MINUTES["d"] == 0:
        return Duration(minutes // _MINUTES["d"], "d")
    return Duration(minutes // _MINUTES["h"], "h") if minutes % _MINUTES["h"] == 0 else Duration(minutes, "min")


def _tests(test: Test) -> Iterable[Test]:
    value = test.value
    if isinstance(value, tuple):
        if test.op == "between":
            return Test("gte", _value(value[0])), Test("lte", _value(value[1]))
        # As text, so that naive and aware instants can stand in one list.
        several = tuple(sorted({_value(one) for one in value}, key=repr))
        if len(several) == 1 and test.op in _SINGLE_OF:
            return (Test(_SINGLE_OF[test.op], several[0]),)
        return (Test(test.op, several),)
    if isinstance(value, Condition):
        return (Test(test.op, canonical_condition(value)),)
    if test.op in ("window", "anniversary_in"):
        return (Test(test.op, canonical_window(cast(Window, value))),)
    return (Test(test.op, _value(cast(Value, value))),)


def _value(value: Value) -> Value:
    """Equal values in one spelling: their texts are what nodes are sorted by."""
    if isinstance(value, Decimal):
        return value.normalize() + 0  # adding 0 turns -0 into 0
    if isinstance(value, float):
        return value + 0.0
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    return value
