"""Windows as instants and as dates, by brute force over the zone's own clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from plateia.rules.tree import Ago, Dates, Days, Last, Next, Previous, This, Window

EARLIEST = datetime(1, 1, 1, tzinfo=UTC)
LATEST = datetime(9999, 12, 31, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_A_DAY = timedelta(days=1)


def first_instant(day: date, zone: ZoneInfo) -> datetime:
    """The first instant, in UTC, at which the zone's calendar shows ``day``: bisected, no arithmetic on offsets."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    before, after = noon - timedelta(hours=40), noon + timedelta(hours=28)
    while after - before > _MICROSECOND:
        middle = before + (after - before) / 2
        if middle.astimezone(zone).date() < day:
            before = middle
        else:
            after = middle
    return after


def instant_of(local: datetime, zone: ZoneInfo) -> datetime:
    """The UTC instant of a naive local time: in a fold the first one, in a gap moved forward by the gap."""
    readings = {local - (local + shift).replace(tzinfo=zone).utcoffset() for shift in (-_A_DAY, _A_DAY)}
    instants = sorted(reading.replace(tzinfo=UTC) for reading in readings)
    shown = [i for i in instants if i.astimezone(zone).replace(tzinfo=None) == local]
    # In a gap the clock shows the time at no instant. Read with the offset before the gap, which is the lesser offset
    # and so the later instant, it comes out moved forward.
    return shown[0] if shown else instants[-1]


def unit_start(day: date, unit: str) -> date:
    """The first day of the calendar unit that ``day`` lies in; weeks begin on Monday."""
    match unit:
        case "day":
            return day
        case "week":
            return day - timedelta(days=day.isoweekday() - 1)
        case "month":
            return day.replace(day=1)
        case "quarter":
            return date(day.year, {1: 1, 2: 4, 3: 7, 4: 10}[(day.month + 2) // 3], 1)
        case "year":
            return date(day.year, 1, 1)
    raise AssertionError(unit)


def event_window(window: Window | None, *, as_of: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The half-open stretch of UTC time in which events count; never beyond ``as_of``."""
    if window is None:
        return EARLIEST, as_of
    start, end = instant_window(window, as_of=as_of, zone=zone)
    return start, min(end, as_of)


def instant_window(window: Window, *, as_of: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The half-open stretch of UTC time that a window means; it may reach beyond ``as_of``."""
    today = as_of.astimezone(zone).date()
    match window:
        case Last(duration):
            return as_of - duration.delta, as_of
        case Ago(start, end):
            return as_of - start.delta, as_of - end.delta
        case Next(duration):
            return as_of, as_of + duration.delta
        case This(unit):
            return first_instant(unit_start(today, unit), zone), as_of
    since, until = date_window(window, today=today)
    return first_instant(since, zone) if since else EARLIEST, first_instant(until, zone) if until else LATEST


def date_window(window: Window, *, today: date) -> tuple[date | None, date | None]:
    """The half-open stretch of local dates that a window means for a date; None where it is open."""
    match window:
        case Last(duration):
            return today - timedelta(days=_whole_days(duration.delta)), today
        case Ago(start, end):
            return today - timedelta(days=_whole_days(start.delta)), today - timedelta(days=_whole_days(end.delta))
        case Next(duration):
            return today, today + timedelta(days=_whole_days(duration.delta))
        case Days(days):
            return today - timedelta(days=days), today
        case This(unit):
            return unit_start(today, unit), today
        case Previous(unit):
            this = unit_start(today, unit)
            return unit_start(this - _A_DAY, unit), this
        case Dates(since, until):
            return since, until
    raise AssertionError(window)


def _whole_days(delta: timedelta) -> int:
    days, rest = divmod(delta, _A_DAY)
    assert not rest, "a window on a date counts in whole days"
    return days


def has_anniversary(born: date | None, since: date | None, until: date | None) -> bool:
    """Whether in any year the day of ``born`` lies in [since, until); 29 February falls on the 28th in most."""
    if born is None:
        return False
    if since is None or until is None:
        return True
    return any(since <= _return_in(year, born) < until for year in range(since.year, until.year + 1))


def _return_in(year: int, born: date) -> date:
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 2, 28)
