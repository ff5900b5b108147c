"""The oracle's calendar against instants worked out by hand from the zones' published transitions."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from plateia.rules.tree import Ago, Dates, Days, Duration, Last, Next, Previous, This, Window
from tests.oracle.calendar import date_window, event_window, first_instant, has_anniversary, instant_of

NEW_YORK, SAO_PAULO, SANTIAGO = map(ZoneInfo, ("America/New_York", "America/Sao_Paulo", "America/Santiago"))


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "zone", "instant"),
    [
        pytest.param(date(2018, 1, 1), NEW_YORK, utc(2018, 1, 1, 5), id="winter"),
        pytest.param(date(2018, 11, 4), NEW_YORK, utc(2018, 11, 4, 4), id="the clock goes back later that day"),
        pytest.param(date(2018, 11, 5), NEW_YORK, utc(2018, 11, 5, 5), id="the day after, an hour later"),
        pytest.param(date(2018, 11, 4), SAO_PAULO, utc(2018, 11, 4, 3), id="no midnight: 00:00 became 01:00"),
        pytest.param(date(2018, 2, 18), SAO_PAULO, utc(2018, 2, 18, 3), id="the hour before midnight came twice"),
        pytest.param(date(2018, 8, 12), SANTIAGO, utc(2018, 8, 12, 4), id="no midnight in Santiago"),
    ],
)
def test_first_instant_of_a_local_day(day: date, zone: ZoneInfo, instant: datetime) -> None:
    assert first_instant(day, zone) == instant


@pytest.mark.parametrize(
    ("local", "zone", "instant"),
    [
        pytest.param("2018-07-01T12:00", NEW_YORK, utc(2018, 7, 1, 16), id="ordinary"),
        pytest.param("2018-03-11T02:30", NEW_YORK, utc(2018, 3, 11, 7, 30), id="gap: 02:30 becomes 03:30"),
        pytest.param("2018-11-04T01:30", NEW_YORK, utc(2018, 11, 4, 5, 30), id="fold: the first 01:30"),
        pytest.param("2018-11-04T00:30", SAO_PAULO, utc(2018, 11, 4, 3, 30), id="gap at midnight"),
        pytest.param("2018-02-17T23:30", SAO_PAULO, utc(2018, 2, 18, 1, 30), id="fold before midnight"),
    ],
)
def test_instant_of_a_naive_time(local: str, zone: ZoneInfo, instant: datetime) -> None:
    assert instant_of(datetime.fromisoformat(local), zone) == instant


AS_OF = utc(2018, 11, 8, 20, 30)  # a Thursday, 15:30 in New York


@pytest.mark.parametrize(
    ("window", "start", "end"),
    [
        pytest.param(Last(Duration(7, "d")), utc(2018, 11, 1, 20, 30), AS_OF, id="last: days of 24 hours"),
        pytest.param(Last(Duration(90, "min")), utc(2018, 11, 8, 19), AS_OF, id="last: minutes"),
        pytest.param(
            Ago(Duration(2, "w"), Duration(36, "h")), utc(2018, 10, 25, 20, 30), utc(2018, 11, 7, 8, 30), id="from to"
        ),
        pytest.param(Days(4), utc(2018, 11, 4, 4), utc(2018, 11, 8, 5), id="days: one of them has 25 hours"),
        pytest.param(This("day"), utc(2018, 11, 8, 5), AS_OF, id="this day"),
        pytest.param(This("week"), utc(2018, 11, 5, 5), AS_OF, id="this week, from Monday"),
        pytest.param(This("month"), utc(2018, 11, 1, 4), AS_OF, id="this month, from before the change"),
        pytest.param(This("quarter"), utc(2018, 10, 1, 4), AS_OF, id="this quarter"),
        pytest.param(This("year"), utc(2018, 1, 1, 5), AS_OF, id="this year"),
        pytest.param(Previous("day"), utc(2018, 11, 7, 5), utc(2018, 11, 8, 5), id="previous day"),
        pytest.param(Previous("week"), utc(2018, 10, 29, 4), utc(2018, 11, 5, 5), id="previous week: 169 hours"),
        pytest.param(Previous("month"), utc(2018, 10, 1, 4), utc(2018, 11, 1, 4), id="previous month"),
        pytest.param(Previous("quarter"), utc(2018, 7, 1, 4), utc(2018, 10, 1, 4), id="previous quarter"),
        pytest.param(Previous("year"), utc(2017, 1, 1, 5), utc(2018, 1, 1, 5), id="previous year"),
        pytest.param(
            Dates(date(2018, 3, 11), date(2018, 3, 12)),
            utc(2018, 3, 11, 5),
            utc(2018, 3, 12, 4),
            id="23 hours",
        ),
        pytest.param(Dates(date(2018, 11, 1), date(2019, 1, 1)), utc(2018, 11, 1, 4), AS_OF, id="never beyond as_of"),
    ],
)
def test_event_window_in_new_york(window: Window, start: datetime, end: datetime) -> None:
    assert event_window(window, as_of=AS_OF, zone=NEW_YORK) == (start, end)


@pytest.mark.parametrize(
    ("window", "since", "until"),
    [
        pytest.param(Last(Duration(30, "d")), date(2018, 10, 9), date(2018, 11, 8), id="last ends before today"),
        pytest.param(Next(Duration(2, "w")), date(2018, 11, 8), date(2018, 11, 22), id="next begins with today"),
        pytest.param(This("month"), date(2018, 11, 1), date(2018, 11, 8), id="this ends before today"),
        pytest.param(Previous("week"), date(2018, 10, 29), date(2018, 11, 5), id="previous week"),
        pytest.param(Dates(None, date(2018, 1, 1)), None, date(2018, 1, 1), id="until alone"),
    ],
)
def test_date_window(window: Window, since: date | None, until: date | None) -> None:
    assert date_window(window, today=date(2018, 11, 8)) == (since, until)


@pytest.mark.parametrize(
    ("born", "since", "until", "found"),
    [
        pytest.param(date(1990, 11, 8), date(2018, 11, 8), date(2018, 11, 15), True, id="on the first day"),
        pytest.param(date(1990, 11, 15), date(2018, 11, 8), date(2018, 11, 15), False, id="on the day after the last"),
        pytest.param(date(1990, 1, 2), date(2018, 12, 25), date(2019, 1, 8), True, id="beyond New Year"),
        pytest.param(date(2000, 2, 29), date(2019, 2, 28), date(2019, 3, 1), True, id="29 February falls on the 28th"),
        pytest.param(date(2000, 2, 29), date(2020, 2, 28), date(2020, 2, 29), False, id="but not in a leap year"),
    ],
)
def test_anniversaries(born: date, since: date, until: date, found: bool) -> None:
    assert has_anniversary(born, since, until) is found
