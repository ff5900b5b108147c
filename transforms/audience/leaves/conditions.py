"""Conditions in canonical form: equal meanings become equal values, so that rules share their leaves.

Numbers, dates, instants and booleans become sets of integers (decimals and sums at their scale), doubles sets of
doubles. Every predicate is false for a missing value, but ``Missing(wanted=True)``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fractions import Fraction
from functools import lru_cache
from zoneinfo import ZoneInfo

from plateia.catalogue import ValueType
from plateia.clock import local_date, local_midnight, to_instant
from plateia.rules import tree, windows
from plateia.rules.axis import Axis, exact
from plateia.rules.intervals import EVERYTHING, Intervals, intersect, next_double, next_integer, union

_EPOCH_DAY = date(1970, 1, 1)


class UnsupportedError(Exception):
    """Raised when a definition uses what the engine cannot evaluate yet; the message names it."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The instant and the zone that a site's rules are resolved for."""

    as_of: datetime
    zone: ZoneInfo

    @property
    def today(self) -> date:
        return local_date(self.as_of, self.zone)


_ANY_MOMENT = Moment(datetime(1970, 1, 1, tzinfo=UTC), ZoneInfo("UTC"))


@dataclass(frozen=True, slots=True)
class Missing:
    """Whether a value is missing, and nothing else."""

    wanted: bool


@dataclass(frozen=True, slots=True)
class Integers:
    """An integer in a set; dates are days, instants microseconds since 1970, decimals unscaled at ``scale``.

    ``anniversaries``: the (month, day) pairs that a date must have one of; None where that is not asked.
    """

    intervals: Intervals
    scale: int = 0
    anniversaries: tuple[tuple[int, int], ...] | None = None


@dataclass(frozen=True, slots=True)
class Doubles:
    """A double in a set."""

    intervals: Intervals


@dataclass(frozen=True, slots=True)
class TextTest:
    """``in not_in contains starts_with ends_with matches`` against one or several texts."""

    op: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Texts:
    """A text that passes every test; with ``ignore_case`` the tests' texts are folded already."""

    tests: tuple[TextTest, ...]
    ignore_case: bool = False


@dataclass(frozen=True, slots=True)
class Lists:
    """An array that passes every test (``any_of all_of none_of``) and has a size of the set."""

    tests: tuple[TextTest, ...]
    sizes: Intervals = EVERYTHING
    ignore_case: bool = False


@dataclass(frozen=True, slots=True)
class Nothing:
    """A condition that no value can meet."""


Predicate = Missing | Integers | Doubles | Texts | Lists | Nothing


def canonical(condition: tree.Condition, value_type: ValueType, moment: Moment) -> Predicate:
    """The canonical form of a condition on values of a type.

    Raises:
        UnsupportedError: An operator that the engine does not evaluate for this type.
    """
    is_timeless = value_type.kind not in ("date", "timestamp")
    return _canonical(condition, value_type, _ANY_MOMENT if is_timeless else moment)


# Thousands of rules say the same, and mostly what means the same on every site.
@lru_cache(maxsize=2**16)
def _canonical(condition: tree.Condition, value_type: ValueType, moment: Moment) -> Predicate:
    wanted = {test.value for test in condition.tests if test.op == "missing"}
    tests = tuple(test for test in condition.tests if test.op != "missing")
    if True in wanted:
        return Nothing() if tests or False in wanted else Missing(wanted=True)
    if not tests:
        return Missing(wanted=False)
    if value_type.kind == "string":
        return _texts(tests, ignore_case=condition.ignore_case)
    if value_type.kind == "array":
        return _lists(tests, ignore_case=condition.ignore_case)
    if value_type.kind == "double":
        intervals = _all_of(tests, Axis(lambda value: float(exact(value)) + 0.0, next_double))
        return Doubles(intervals) if intervals else Nothing()
    return _integers(tests, value_type, moment)


@lru_cache(maxsize=2**12)
def threshold(condition: tree.Condition, scale: int) -> Integers:
    """The canonical form of a condition on a count (scale 0) or on an exact sum of integers at ``scale``."""
    return Integers(_all_of(condition.tests, Axis(lambda value: Fraction(exact(value)) * 10**scale)), scale)


def _all_of(tests: tuple[tree.Test, ...], axis: Axis) -> Intervals:
    result = EVERYTHING
    for test in tests:
        passing = axis.intervals(test)
        if passing is None:
            raise UnsupportedError(test.op)
        result = intersect(result, passing)
    return result


def _integers(tests: tuple[tree.Test, ...], value_type: ValueType, moment: Moment) -> Predicate:
    intervals = EVERYTHING
    anniversaries: frozenset[tuple[int, int]] | None = None
    axis = Axis(lambda value: Fraction(_as_number(value, value_type, moment)))
    for test in tests:
        if test.op == "anniversary_in":
            if value_type.kind != "date":
                raise UnsupportedError("anniversary_in")
            marked = windows.anniversaries(_window_of(test), today=moment.today)
            anniversaries = marked if anniversaries is None else anniversaries & marked
        elif test.op == "window":
            intervals = intersect(intervals, _window(test, value_type, moment))
        else:
            intervals = intersect(intervals, _all_of((test,), axis))
    if not intervals:
        return Nothing()
    return Integers(intervals, value_type.scale, None if anniversaries is None else tuple(sorted(anniversaries)))


def _as_number(value: object, value_type: ValueType, moment: Moment) -> Fraction | float:
    """A value on the integer axis of its type: unscaled decimal, day, microsecond, or 0 and 1."""
    if isinstance(value, datetime):
        instant = to_instant(value, moment.zone) if value.tzinfo is None else value
        return windows.microseconds(instant)
    if isinstance(value, date):
        midnight = value_type.kind == "timestamp"
        return windows.microseconds(local_midnight(value, moment.zone)) if midnight else (value - _EPOCH_DAY).days
    return Fraction(exact(value)) * int(10**value_type.scale)


def _window_of(test: tree.Test) -> tree.Window:
    if not isinstance(test.value, tree.Window):
        raise TypeError(f"`{test.op}` needs a window")
    return test.value


def _window(test: tree.Test, value_type: ValueType, moment: Moment) -> Intervals:
    """The days or instants of a window, infinite where it is open."""
    start: int | None
    end: int | None
    if value_type.kind == "timestamp":
        start, end = windows.resolve_instants(_window_of(test), as_of=moment.as_of, zone=moment.zone)
    else:
        first, last = windows.resolve_dates(_window_of(test), today=moment.today)
        start = None if first is None else (first - _EPOCH_DAY).days
        end = None if last is None else (last - _EPOCH_DAY).days
    return union([(-math.inf if start is None else start, math.inf if end is None else end - 1)], next_integer)


def _texts(tests: tuple[tree.Test, ...], *, ignore_case: bool) -> Predicate:
    return Texts(tuple(sorted({_text_test(test, ignore_case) for test in tests}, key=_order)), ignore_case)


def _lists(tests: tuple[tree.Test, ...], *, ignore_case: bool) -> Predicate:
    sizes = EVERYTHING
    kept: set[TextTest] = set()
    for test in tests:
        if isinstance(test.value, tree.Condition):
            sizes = intersect(sizes, threshold(test.value, 0).intervals)
        elif test.op in ("any_of", "all_of", "none_of"):
            kept.add(_text_test(test, ignore_case))
        else:
            raise UnsupportedError(test.op)
    return Lists(tuple(sorted(kept, key=_order)), sizes, ignore_case) if sizes else Nothing()


def _order(test: TextTest) -> tuple[str, tuple[str, ...]]:
    return test.op, test.values


def _text_test(test: tree.Test, ignore_case: bool) -> TextTest:
    values = test.value if isinstance(test.value, tuple) else (test.value,)
    op = {"eq": "in", "ne": "not_in"}.get(test.op, test.op)
    if op not in ("in", "not_in", "contains", "starts_with", "ends_with", "matches", "any_of", "all_of", "none_of"):
        raise UnsupportedError(test.op)
    # A pattern is not a text: RE2 itself ignores case there.
    folded = {str(value).casefold() if ignore_case and op != "matches" else str(value) for value in values}
    return TextTest(op, tuple(sorted(folded)))
