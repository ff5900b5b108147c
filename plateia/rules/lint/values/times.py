"""Conditions on dates and instants, and windows.

What is written as a date or an instant, and what counts from the instant that an audience is computed for, are two
subjects: where the second lies on the axis of the first is not known. A local time without an offset is known to a day
or two only, as its zone is not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from plateia.rules.axis import Axis
from plateia.rules.intervals import EVERYTHING, Intervals, union
from plateia.rules.lint.claims import UNKNOWN, Claim, all_of
from plateia.rules.lint.values.numbers import below, number_claim
from plateia.rules.lint.values.sets import ANY_NUMBER, Spans, ValueSet
from plateia.rules.tree import Ago, Dates, Days, Duration, Last, Next, Test, Window
from plateia.rules.windows import microseconds

FROM_NOW, LOCAL_DAY, LOCAL_TIME = "from now", "local day", "local time"
_ANY = Spans(EVERYTHING, missing=True)
_MICROSECOND, _DAY = timedelta(microseconds=1), timedelta(days=1)
_ZONES_APART = 2 * _DAY // _MICROSECOND  # more than a zone's offset ever changed
_WHOLE_DAYS = Axis(lambda value: Fraction(value.toordinal() if isinstance(value, date) else 0))
_INSTANTS = Axis(lambda value: Fraction(_microseconds(value)))


def date_claim(tests: Sequence[Test]) -> Claim:
    """Of a date: a day of the calendar, and a number of days from today."""
    return _claim(tests, lambda written: number_claim(written, _WHOLE_DAYS, _ANY), window_of_days)


def instant_claim(tests: Sequence[Test]) -> Claim:
    """Of an instant: a point of time, a local day, and a number of microseconds from now."""
    return _claim(tests, _written_instants, window_of_instants)


def window_of_days(window: Window) -> Claim:
    """A date that lies in a window."""
    match window:
        case Dates(since, until):
            return _between(since, until, "")
        case Last(duration):
            return _span(-_days(duration), 0, FROM_NOW)
        case Days(days):
            return _span(-days, 0, FROM_NOW)
        case Ago(start, end):
            return _span(-_days(start), -_days(end), FROM_NOW)
        case Next(duration):
            return _span(0, _days(duration), FROM_NOW)
        case _:  # this and previous: when they begin is not known
            return Claim({FROM_NOW: Spans(below(-1))}, {})


def window_of_instants(window: Window) -> Claim:
    """An instant that lies in a window."""
    match window:
        case Dates(since, until):
            return _between(since, until, LOCAL_DAY)
        case Last(duration):
            return _span(-length(duration), 0, FROM_NOW)
        case Ago(start, end):
            return _span(-length(start), -length(end), FROM_NOW)
        case Next(duration):
            return _span(0, length(duration), FROM_NOW)
        case _:  # whole days end at a midnight, at the latest now
            return Claim({FROM_NOW: Spans(below(-1))}, {})


def length(duration: Duration) -> int:
    """In microseconds."""
    return duration.delta // _MICROSECOND


def _claim(
    tests: Sequence[Test],
    written: Callable[[Sequence[Test]], Claim],
    window_of: Callable[[Window], Claim],
) -> Claim:
    compared = [test for test in tests if test.op not in ("window", "anniversary_in")]
    parts = [window_of(test.value) for test in tests if test.op == "window" and isinstance(test.value, Window)]
    if compared:
        parts.append(written(compared))
    if len(parts) < len(tests) - len(compared) + bool(compared):  # anniversaries
        parts.append(UNKNOWN)
    whole = all_of([*parts, Claim({"": ANY_NUMBER}, None)])
    # Where only one test is made, it is the one that failed.
    return Claim(whole.if_true, parts[0].if_false if len(parts) == 1 else {})


def _written_instants(tests: Sequence[Test]) -> Claim:
    known = [test for test in tests if not _is_local(test)]
    parts = [number_claim(known, _INSTANTS, _ANY)] if known else []
    parts += [_local_claim(test) for test in tests if _is_local(test)]
    return parts[0] if len(parts) == 1 else Claim(all_of(parts).if_true, {})


def _local_claim(test: Test) -> Claim:
    """Written in local time, at least in part: as far apart as zones may be."""
    passing = _INSTANTS.intervals(test) if test.op not in ("ne", "not_in") else EVERYTHING
    wide = union(
        [(low - _ZONES_APART, high + _ZONES_APART) for low, high in passing or ()], lambda bound, step: bound + step
    )
    return Claim({LOCAL_TIME: Spans(wide)}, {})


def _is_local(test: Test) -> bool:
    values = test.value if isinstance(test.value, tuple) else (test.value,)
    return any(isinstance(value, datetime) and value.tzinfo is None for value in values)


def _microseconds(value: object) -> int:
    if not isinstance(value, datetime):
        raise TypeError("an instant is compared with instants")
    return microseconds(value if value.tzinfo else value.replace(tzinfo=UTC))


def _between(since: date | None, until: date | None, subject: str) -> Claim:
    start = -math.inf if since is None else since.toordinal()
    end = math.inf if until is None else until.toordinal()
    return _span(start, end, subject)


def _span(start: float, end: float, subject: str) -> Claim:
    """``[start, end)`` of whole numbers."""
    inside: Intervals = union([(start, end - 1)], lambda bound, step: bound + step)
    outside = Spans(((-math.inf, start - 1), (end, math.inf)), missing=True)
    left: dict[str, ValueSet] = {subject: Spans(inside)}
    return Claim(left if inside else None, {subject: outside})


def _days(duration: Duration) -> int:
    return duration.delta // _DAY
