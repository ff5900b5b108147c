"""When something that stays where it is, an instant or a day, crosses a border of a window that moves with time.

Every function yields the instants (microseconds since 1970, UTC) from which on the answer may be another one than
just before; it may yield instants at which nothing changes, never too few.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from plateia.clock import instant_of, local_date, local_midnight
from plateia.rules.tree import Ago, CalendarUnit, Dates, Days, Duration, Last, Next, Previous, This, Window
from plateia.rules.windows import first_day, microseconds

Moving = Last | Ago | Days | This | Previous | Next  # windows that go with the time; the others stay

_MICROSECOND = timedelta(microseconds=1)
_LEAP_DAY = (2, 29)
_LONGEST_UNIT = timedelta(days=32)


def of_instant(window: Window | None, at: int, zone: ZoneInfo) -> Iterator[int]:
    """When an instant enters or leaves a half-open window."""
    match window:
        case Last(duration):
            yield from (at + 1, at + _length(duration) + 1)
        case Ago(start, end):
            yield from (at + _length(end) + 1, at + _length(start) + 1)
        case Next(duration):
            yield from (at - _length(duration) + 1, at + 1)
        case Days() | Previous() | This():
            yield at + 1
            yield from of_day(window, local_date(instant_of(at), zone), zone)


def of_entry(window: Window | None, at: int, zone: ZoneInfo) -> Iterator[int]:
    """When an entry into an audience enters or leaves a window, which has both its ends."""
    match window:
        case Last(duration):
            yield at + _length(duration) + 1
        case Ago(start, end):
            yield from (at + _length(end), at + _length(start) + 1)
        case Next():
            yield at + 1
        case Days() | Previous() | This():
            yield from of_day(window, local_date(instant_of(at), zone), zone)


def of_day(window: Window, day: date, zone: ZoneInfo) -> Iterator[int]:
    """When a local day enters or leaves a half-open window of days: the starts of local days."""
    for today in _days(window, day):
        border = midnight(today, zone)
        if border is not None:
            yield border


def of_anniversary(window: Window, day: date, zone: ZoneInfo, *, start: date, end: date) -> Iterator[int]:
    """When an anniversary of a day, in any year, enters or leaves a window, from ``start`` to ``end``."""
    reach_years = _reach_days(window) // 365 + 2
    for year in range(max(start.year - reach_years, 1), min(end.year + reach_years, 9999) + 1):
        for near in _in_year(day, year):
            yield from of_day(window, near, zone)


def of_newcomers(window: Window | None, at: int, zone: ZoneInfo) -> Iterator[int]:
    """When the end of a window, which belongs to it, is the very instant of a run; the next time from ``at`` on."""
    match window:
        case Dates(since, until):
            for day in (since, until):
                border = None if day is None else midnight(day, zone)
                if border is not None:
                    yield from (border, border + 1)
        case Days() | Previous():
            unit: CalendarUnit = window.unit if isinstance(window, Previous) else "day"
            day = local_date(instant_of(at), zone)
            for start in (first_day(day, unit), next_unit(day, unit)):
                border = midnight(start, zone)
                if border is not None and border >= at:
                    yield from (border, border + 1)


def closes(window: Window | None, at: int, zone: ZoneInfo) -> int | None:
    """The instant from which on what happens at ``at`` or later no longer falls in a window with what lies in it now.

    None where the window follows the time, or does not reach up to ``at``.
    """
    match window:
        case This(unit):
            return midnight(next_unit(local_date(instant_of(at), zone), unit), zone)
        case Dates(_, until):
            return None if until is None else midnight(until, zone)
    return None


def midnight(day: date, zone: ZoneInfo) -> int | None:
    """The first instant of a local day; None at the ends of the calendar."""
    try:
        return microseconds(local_midnight(day, zone))
    except OverflowError:
        return None


def next_unit(day: date, unit: CalendarUnit) -> date:
    """The first day of the calendar unit after the one that a day lies in."""
    if unit == "day":
        return _plus(day, 1)
    if unit == "week":
        return _plus(first_day(day, "week"), 7)
    months = {"month": 1, "quarter": 3, "year": 12}[unit]
    start = first_day(day, unit)
    for _ in range(months):
        start = first_day(start + _LONGEST_UNIT, "month") if start.year < 9999 else date.max
    return start


def _days(window: Window, day: date) -> Iterator[date]:
    """The days that, once they are today, may change whether ``day`` lies in the window."""
    match window:
        case Last(duration):
            yield from (_plus(day, 1), _plus(day, 1 + _days_up(duration)))
        case Ago(start, end):
            yield from (_plus(day, 1 + _days_up(end)), _plus(day, 1 + _days_up(start)))
        case Next(duration):
            yield from (_plus(day, 1 - duration.delta.days), _plus(day, 1))
        case Days(days):
            yield from (_plus(day, 1), _plus(day, 1 + days))
        case This(unit):
            yield from (_plus(day, 1), next_unit(day, unit))
        case Previous(unit):
            following = next_unit(day, unit)
            yield from (following, next_unit(following, unit))


def _in_year(day: date, year: int) -> Iterator[date]:
    if (day.month, day.day) == _LEAP_DAY:
        # In other years it falls on 28 February; what marks it there may be either day.
        yield from (date(year, 2, 28), date(year, 3, 1))
    try:
        yield day.replace(year=year)
    except ValueError:
        return


def _reach_days(window: Window) -> int:
    """How far from today a window lies at most; a calendar unit and the one before it are two years at most."""
    match window:
        case Last(duration) | Next(duration) | Ago(duration, _):
            return duration.delta.days + 1
        case Days(days):
            return days
    return 2 * 366


def _days_up(duration: Duration) -> int:
    """Whole days, rounded up: a date that goes back 36 hours goes back two days."""
    return -(-duration.delta).days


def _plus(day: date, days: int) -> date:
    """As far as the calendar goes."""
    ordinal = day.toordinal() + days
    return date.fromordinal(min(max(ordinal, date.min.toordinal()), date.max.toordinal()))


def _length(duration: Duration) -> int:
    return duration.delta // _MICROSECOND
