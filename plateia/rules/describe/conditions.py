"""Conditions, filters and windows in plain English."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import cast

from plateia.errors import echo
from plateia.rules.tree import (
    Ago,
    Condition,
    Dates,
    Days,
    Duration,
    Filter,
    Last,
    Next,
    Previous,
    PropertyTest,
    Test,
    This,
    Value,
    Window,
)

_SHOWN_VALUES = 5
_WORDS = {
    "eq": "is",
    "ne": "is not",
    "lt": "is less than",
    "lte": "is at most",
    "gt": "is more than",
    "gte": "is at least",
    "in": "is one of",
    "not_in": "is none of",
    "contains": "contains",
    "starts_with": "starts with",
    "ends_with": "ends with",
    "matches": "matches",
    "any_of": "has any of",
    "all_of": "has all of",
    "none_of": "has none of",
}
_TIMES = {"eq": "exactly", "gte": "at least", "lte": "at most", "gt": "more than", "lt": "fewer than"}


def tests_text(condition: Condition) -> str:
    """``is at least 2 and is not 5``."""
    text = " and ".join(_test(test) for test in condition.tests)
    return f"{text} (in any case)" if condition.ignore_case else text


def passed(condition: Condition | None) -> str:
    """The end of a sentence about a measure; empty where its value is used as it is."""
    return f" {tests_text(condition)}" if condition and condition.tests else ""


def amount(condition: Condition | None) -> str:
    """A condition on a count: ``at least 2 times``."""
    if condition is None or not condition.tests:
        return "how often"
    if len(condition.tests) == 1:
        test = condition.tests[0]
        if test.op in _TIMES:
            return f"{_TIMES[test.op]} {test.value} {'time' if test.value == 1 else 'times'}"
    return f"the count {tests_text(condition)}"


def filter_text(node: Filter) -> str:
    """A filter in one line; a group within a group stands in brackets."""
    if isinstance(node, PropertyTest):
        return f"{node.property} {tests_text(node.condition)}"
    word = " and " if node.op == "all" else " or "
    parts = [filter_text(item) if isinstance(item, PropertyTest) else f"({filter_text(item)})" for item in node.items]
    return f"not ({word.join(parts)})" if node.op == "none" else word.join(parts)


def when(window: Window | None) -> str:
    """A window as the end of a sentence, with a leading space; empty for all time."""
    match window:
        case None:
            return ""
        case Last(duration):
            return f" in the last {duration_text(duration)}"
        case Ago(start, end):
            return f" between {duration_text(start)} and {duration_text(end)} ago"
        case Days(days):
            return " yesterday" if days == 1 else f" in the last {days} whole days"
        case This(unit):
            return " today" if unit == "day" else f" this {unit}"
        case Previous(unit):
            return " yesterday" if unit == "day" else f" in the previous {unit}"
        case Next(duration):
            return f" in the next {duration_text(duration)}"
        case Dates(since, until):
            return (f" since {since}" if since else "") + (f" before {until}" if until else "")


def duration_text(duration: Duration) -> str:
    """``30 days``."""
    unit = {"min": "minute", "h": "hour", "d": "day", "w": "week"}[duration.unit]
    return f"{duration.amount} {unit}" if duration.amount == 1 else f"{duration.amount} {unit}s"


def value_text(value: Value) -> str:
    """A value as its author would write it; text in quotes."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return echo(value)
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return f"{value:f}"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 10**15 else repr(value)
    return str(value)


def _test(test: Test) -> str:
    value = test.value
    match test.op:
        case "missing":
            return "is missing" if value else "is there"
        case "between":
            low, high = cast(tuple[Value, Value], value)
            return f"is from {value_text(low)} to {value_text(high)}"
        case "size":
            return f"has a size that {tests_text(cast(Condition, value))}"
        case "window":
            return f"lies{when(cast(Window, value))}"
        case "anniversary_in":
            return f"has an anniversary{when(cast(Window, value))}"
    words = _WORDS[test.op]
    return f"{words} {_several(value)}" if isinstance(value, tuple) else f"{words} {value_text(cast(Value, value))}"


def _several(values: Sequence[Value]) -> str:
    more = f" … ({len(values)} in all)" if len(values) > _SHOWN_VALUES else ""
    return ", ".join(value_text(value) for value in values[:_SHOWN_VALUES]) + more
