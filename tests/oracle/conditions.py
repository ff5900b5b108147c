"""A condition on one value as SQL text: true, false or NULL where the value is missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from plateia.catalogue import ValueType
from plateia.rules.tree import Ago, Condition, Dates, Days, Last, Next, Previous, Test, This, Value
from tests.oracle.calendar import date_window, instant_of, instant_window

_COMPARISONS = {"eq": "=", "ne": "<>", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
_WINDOWS = (Last, Ago, Days, This, Previous, Dates, Next)


@dataclass(frozen=True)
class Today:
    """What windows are counted from: the run's instant and the site's zone."""

    as_of: datetime
    zone: ZoneInfo


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def instant(value: datetime) -> str:
    """A UTC instant as a literal of the oracle's TIMESTAMP columns, which hold UTC."""
    assert value.tzinfo is not None
    return f"TIMESTAMP '{value.astimezone(UTC).replace(tzinfo=None).isoformat(sep=' ')}'"


def literal(value: Value) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return quoted(value)
        case datetime():
            return instant(value)
        case date():
            return f"DATE '{value.isoformat()}'"
        case Decimal():
            return f"{value:f}::DECIMAL(38, {max(0, -int(value.as_tuple().exponent))})"
        case float():
            return f"{value!r}::DOUBLE"
        case int():
            return f"{value}::HUGEINT"
    raise AssertionError(value)


def value_of(column: str, kind: ValueType) -> str:
    """A column as the language sees it: NaN is missing."""
    return f"(CASE WHEN isnan({column}) THEN NULL ELSE {column} END)" if kind.kind == "double" else column


def holds(condition: Condition, column: str, kind: ValueType, today: Today) -> str:
    """True where the column's value meets every test; never NULL."""
    value = value_of(column, kind)
    tests = [_test(test, value, kind, condition.ignore_case, today) for test in condition.tests]
    return "(" + " AND ".join(f"coalesce({test}, false)" for test in tests) + ")"


def _test(test: Test, value: str, kind: ValueType, ignore_case: bool, today: Today) -> str:
    if test.op == "missing":
        return f"(({value}) IS NULL) = {literal(test.value)}"
    if test.op in ("window", "anniversary_in"):
        return _in_window(test, value, kind, today)
    if kind.kind == "array":
        return _array_test(test, value, ignore_case, today)
    return _scalar_test(test, value, ignore_case, today)


def _scalar_test(test: Test, value: str, ignore_case: bool, today: Today) -> str:
    folded = f"casefold({value})" if ignore_case else value

    def text(given: Value) -> str:
        if isinstance(given, datetime) and given.tzinfo is None:
            return instant(instant_of(given, today.zone))
        return f"casefold({literal(given)})" if ignore_case else literal(given)

    match test.op, test.value:
        case ("eq" | "ne" | "lt" | "lte" | "gt" | "gte") as op, given:
            return f"{folded} {_COMPARISONS[op]} {text(given)}"
        case "between", (low, high):
            return f"{folded} >= {text(low)} AND {folded} <= {text(high)}"
        case "in", tuple(given):
            return f"{folded} IN ({', '.join(map(text, given))})"
        case "not_in", tuple(given):
            return f"{folded} NOT IN ({', '.join(map(text, given))})"
        case ("contains" | "starts_with" | "ends_with") as op, given:
            return f"{op}({folded}, {text(given)})"
        case "matches", str(pattern):
            return f"regexp_full_match({value}, {quoted(pattern)}, '{'i' if ignore_case else 'c'}')"
    raise AssertionError(test)


def _array_test(test: Test, value: str, ignore_case: bool, today: Today) -> str:
    if test.op == "size":
        assert isinstance(test.value, Condition)
        return holds(test.value, f"len({value})", ValueType("long"), today)
    assert isinstance(test.value, tuple)
    wanted = ", ".join(f"casefold({literal(v)})" if ignore_case else literal(v) for v in test.value)
    items = f"list_transform({value}, item -> casefold(item))" if ignore_case else value
    function = {"any_of": "list_has_any", "all_of": "list_has_all", "none_of": "NOT list_has_any"}[test.op]
    return f"{function}({items}, [{wanted}])"


def _in_window(test: Test, value: str, kind: ValueType, today: Today) -> str:
    window = test.value
    assert isinstance(window, _WINDOWS)
    if test.op == "window" and kind.kind == "timestamp":
        start, end = instant_window(window, as_of=today.as_of, zone=today.zone)
        return f"{value} >= {instant(start)} AND {value} < {instant(end)}"
    since, until = date_window(window, today=today.as_of.astimezone(today.zone).date())
    if test.op == "anniversary_in":
        bounds = (f"'{bound.isoformat()}'::DATE" if bound else "NULL::DATE" for bound in (since, until))
        return f"has_anniversary({value}, {', '.join(bounds)})"
    low = f"{value} >= {literal(since)}" if since else f"{value} IS NOT NULL"
    return f"{low} AND {value} < {literal(until)}" if until else low
