"""Windows become half-open intervals: of instants (whole microseconds) for events, of local dates for dates.

Local days, weeks, months, quarters and years follow the site's zone through ``plateia.clock``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from plateia.clock import local_date, local_midnight
from plateia.rules.tree import Ago, CalendarUnit, Dates, Days, Duration, Last, Next, Previous, This, Window

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1)
_ANY_YEAR = timedelta(
    days=8 * 366
)  # long enough to hold a 29 February, wherever it starts (1896 to 1904 is the widest)


@dataclass(frozen=True, slots=True)
class Interval:
    """``[start, end)`` in microseconds since 1970-01-01 UTC; ``start`` None: no beginning; equal ends hold nothing."""

    start: int | None
    end: int


def microseconds(instant: datetime) -> int:
    """Whole microseconds since 1970-01-01 UTC of an aware instant."""
    return (instant - _EPOCH) // _MICROSECOND


@lru_cache(maxsize=2**12)
def resolve(window: Window | None, *, as_of: datetime, zone: ZoneInfo) -> Interval:
    """The stretch of time before ``as_of`` that an event's window means on a site; None is everything before.

    Args:
        window: Any window but ``next``, which no event can lie in.
        as_of: The aware instant that the run computes for; nothing at or after it is seen.
        zone: The site's zone.
    """
    end_of_sight = microseconds(as_of)
    if isinstance(window, Next):
        return Interval(end_of_sight, end_of_sight)
    start, end = resolve_instants(window, as_of=as_of, zone=zone)
    seen_end = end_of_sight if end is None else min(end, end_of_sight)
    return Interval(start if start is None else min(start, seen_end), seen_end)


def resolve_instants(window: Window | None, *, as_of: datetime, zone: ZoneInfo) -> tuple[int | None, int | None]:
    """``[start, end)`` in microseconds of a window on a value that is an instant; here the future may be meant."""
    now = microseconds(as_of)
    match window:
        case None:
            return None, now
        case Last(duration):
            return now - _length(duration), now
        case Ago(start, end):
            return now - _length(start), now - _length(end)
        case Next(duration):
            return now, now + _length(duration)
        case This(unit):
            return _midnight(first_day(local_date(as_of, zone), unit), zone), now
        case _:
            first, end_day = resolve_dates(window, today=local_date(as_of, zone))
            return _midnight(first, zone), _midnight(end_day, zone)


def resolve_dates(window: Window, *, today: date) -> tuple[date | None, date | None]:
    """``[start, end)`` in local dates of a window on a date; ``today`` is as_of's local date. None has no bound."""
    match window:
        case Last(duration):
            return _shift(today, -duration.delta), today
        case Ago(start, end):
            return _shift(today, -start.delta), _shift(today, -end.delta)
        case Days(days):
            return _shift(today, -days * _DAY), today
        case This(unit):
            return first_day(today, unit), today
        case Previous(unit):
            this_start = first_day(today, unit)
            return first_day(this_start - _DAY, unit), this_start
        case Dates(since, until):
            return since, until
        case Next(duration):
            return today, _shift(today, duration.delta)


def first_day(day: date, unit: CalendarUnit) -> date:
    """The first day of the calendar unit that ``day`` lies in; weeks start on Monday."""
    match unit:
        case "day":
            return day
        case "week":
            return day - day.weekday() * _DAY
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        case "year":
            return day.replace(month=1, day=1)


def anniversaries(window: Window, *, today: date) -> frozenset[tuple[int, int]]:
    """The (month, day) of the dates that have an anniversary in the window, of whatever year.

    29 February has it on 28 February of a year without one; the date itself counts as one.
    """
    start, end = resolve_dates(window, today=today)
    if start is None and end is None:
        start, end = today, _shift(today, _ANY_YEAR)
    start = start or _shift(end or today, -_ANY_YEAR) or date.min
    end = min(end or date.max, _shift(start, _ANY_YEAR) or date.max)
    days = [start + offset * _DAY for offset in range((end - start).days)]
    marked = {(day.month, day.day) for day in days}
    if any((day.month, day.day) == (2, 28) and (day + _DAY).month == 3 for day in days):
        marked.add((2, 29))
    return frozenset(marked)


def _length(duration: Duration) -> int:
    return duration.delta // _MICROSECOND


def _midnight(day: date | None, zone: ZoneInfo) -> int | None:
    return None if day is None else microseconds(local_midnight(day, zone))


def _shift(day: date, by: timedelta) -> date | None:
    """None where the calendar (years 1 to 9999) ends: no bound."""
    try:
        return day + by
    except OverflowError:
        return None
