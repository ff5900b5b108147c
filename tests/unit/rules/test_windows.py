"""Windows against a calendar of their own: every instant is looked at through its local date, never its bounds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from plateia.rules.tree import Ago, CalendarUnit, Dates, Days, Duration, Last, Next, Previous, This, Window
from plateia.rules.windows import Interval, anniversaries, resolve, resolve_dates, resolve_instants

STEADY = settings(deadline=None)

ZONES = (
    "America/Sao_Paulo",  # until 2019 its summer began with a day that had no midnight
    "America/New_York",
    "America/Havana",  # midnight is skipped in spring and comes twice in autumn
    "Africa/Cairo",
    "Asia/Beirut",
    "Europe/Lisbon",
    "America/Santiago",
    "Asia/Kolkata",
    "Pacific/Apia",  # 30 December 2011 never happened there
)
DST_DAYS = [
    ("America/Sao_Paulo", datetime(2018, 11, 4, 3, tzinfo=UTC)),
    ("America/Sao_Paulo", datetime(2018, 2, 18, 2, tzinfo=UTC)),
    ("America/New_York", datetime(2018, 3, 11, 7, tzinfo=UTC)),
    ("America/Havana", datetime(2018, 11, 4, 5, tzinfo=UTC)),
    ("Africa/Cairo", datetime(2023, 4, 27, 22, tzinfo=UTC)),
    ("Asia/Beirut", datetime(2021, 3, 27, 22, tzinfo=UTC)),
    ("America/Santiago", datetime(2022, 9, 11, 4, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),
]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
INSTANTS = st.integers(5_479, 23_741).flatmap(
    lambda day: st.integers(0, 86_399_999_999).map(lambda of_day: EPOCH + timedelta(day, microseconds=of_day))
)
NEAR_DST = st.sampled_from(DST_DAYS).flatmap(
    lambda known: st.tuples(
        st.just(known[0]), st.integers(-200_000, 200_000).map(lambda s: known[1] + timedelta(seconds=s))
    )
)
MOMENTS = st.tuples(st.sampled_from(ZONES), INSTANTS) | NEAR_DST
UNITS: dict[CalendarUnit, str] = {"day": "D", "week": "W-SUN", "month": "M", "quarter": "Q", "year": "Y"}


def local_day(microseconds: int, zone: ZoneInfo) -> date:
    return (EPOCH + timedelta(microseconds=microseconds)).astimezone(zone).date()


def micros(instant: datetime) -> int:
    return int(pd.Timestamp(instant).value) // 1000


def holds_exactly(interval: Interval, first: date, end: date, as_of: datetime, zone: ZoneInfo) -> None:
    """The interval holds an instant before as_of if, and only if, its local date lies in [first, end)."""
    now = micros(as_of)
    around = {interval.start or 0, interval.end, now}
    probes = {at + step for at in around for step in (-86_400_000_000, -3_600_000_000, -1, 0, 1, 3_600_000_000)}
    for probe in probes:
        expected = probe < now and first <= local_day(probe, zone) < end
        inside = (interval.start is None or interval.start <= probe) and probe < interval.end
        assert inside is expected, (EPOCH + timedelta(microseconds=probe)).isoformat()


def period(day: date, unit: CalendarUnit, *, ago: int = 0) -> tuple[date, date]:
    """First day of a calendar unit and of the one after it, by pandas."""
    this = pd.Period(day, freq=UNITS[unit]) - ago
    return this.start_time.date(), (this + 1).start_time.date()


@STEADY
@given(MOMENTS, st.integers(1, 400))
@example(("America/Sao_Paulo", datetime(2018, 11, 5, 12, tzinfo=UTC)), 1)
@example(("Pacific/Apia", datetime(2011, 12, 31, 20, tzinfo=UTC)), 2)
def test_days_are_whole_local_days_before_today(moment: tuple[str, datetime], days: int) -> None:
    zone, as_of = ZoneInfo(moment[0]), moment[1]
    today = as_of.astimezone(zone).date()
    interval = resolve(Days(days), as_of=as_of, zone=zone)
    holds_exactly(interval, today - timedelta(days=days), today, as_of, zone)


@STEADY
@given(MOMENTS, st.sampled_from(sorted(UNITS)))
def test_this_unit_ends_at_as_of(moment: tuple[str, datetime], unit: CalendarUnit) -> None:
    zone, as_of = ZoneInfo(moment[0]), moment[1]
    start, end = period(as_of.astimezone(zone).date(), unit)
    holds_exactly(resolve(This(unit), as_of=as_of, zone=zone), start, end, as_of, zone)


@STEADY
@given(MOMENTS, st.sampled_from(sorted(UNITS)))
@example(("America/Havana", datetime(2018, 11, 5, 12, tzinfo=UTC)), "day")
def test_the_previous_unit_is_whole(moment: tuple[str, datetime], unit: CalendarUnit) -> None:
    zone, as_of = ZoneInfo(moment[0]), moment[1]
    start, end = period(as_of.astimezone(zone).date(), unit, ago=1)
    holds_exactly(resolve(Previous(unit), as_of=as_of, zone=zone), start, end, as_of, zone)


@STEADY
@given(MOMENTS, st.dates(date(1990, 1, 1), date(2034, 1, 1)), st.integers(1, 1000))
@example(("Asia/Beirut", datetime(2021, 6, 1, tzinfo=UTC)), date(2021, 3, 28), 1)
def test_dates_run_from_local_midnight_to_local_midnight(moment: tuple[str, datetime], since: date, days: int) -> None:
    zone, as_of = ZoneInfo(moment[0]), moment[1]
    until = since + timedelta(days=days)
    holds_exactly(resolve(Dates(since, until), as_of=as_of, zone=zone), since, until, as_of, zone)
    holds_exactly(resolve(Dates(since, None), as_of=as_of, zone=zone), since, date.max, as_of, zone)
    holds_exactly(resolve(Dates(None, until), as_of=as_of, zone=zone), date.min, until, as_of, zone)


@STEADY
@given(MOMENTS, st.integers(1, 5000), st.sampled_from([("min", 60), ("h", 3600), ("d", 86_400), ("w", 604_800)]))
def test_lengths_are_exact_whatever_the_clocks_do(
    moment: tuple[str, datetime], amount: int, unit: tuple[str, int]
) -> None:
    zone, as_of = ZoneInfo(moment[0]), moment[1]
    length = Duration(amount, unit[0])  # type: ignore[arg-type]  # the four units of the language
    now = micros(as_of)
    span = amount * unit[1] * 1_000_000
    assert resolve(Last(length), as_of=as_of, zone=zone) == Interval(now - span, now)
    earlier = resolve(Ago(Duration(2 * amount, length.unit), length), as_of=as_of, zone=zone)
    assert earlier == Interval(now - 2 * span, now - span)
    assert resolve_instants(Next(length), as_of=as_of, zone=zone) == (now, now + span)


def test_no_window_is_everything_before_as_of() -> None:
    as_of = datetime(2018, 1, 1, 5, tzinfo=UTC)
    assert resolve(None, as_of=as_of, zone=ZoneInfo("America/New_York")) == Interval(None, micros(as_of))


@pytest.mark.parametrize(
    "window",
    [
        pytest.param(Next(Duration(7, "d")), id="no event lies in the future"),
        pytest.param(Dates(date(2018, 2, 1), None), id="a start after as_of holds nothing"),
    ],
)
def test_a_window_after_as_of_is_empty(window: Window) -> None:
    interval = resolve(window, as_of=datetime(2018, 1, 1, tzinfo=UTC), zone=ZoneInfo("UTC"))
    assert interval.start == interval.end == micros(datetime(2018, 1, 1, tzinfo=UTC))


def test_an_instant_may_be_asked_for_in_the_future() -> None:
    as_of, zone = datetime(2018, 1, 1, tzinfo=UTC), ZoneInfo("America/New_York")
    until = resolve_instants(Dates(None, date(2030, 1, 1)), as_of=as_of, zone=zone)
    assert until == (None, micros(datetime(2030, 1, 1, 5, tzinfo=UTC)))


TODAY = date(2018, 3, 14)  # a Wednesday


@pytest.mark.parametrize(
    ("window", "start", "end"),
    [
        pytest.param(Last(Duration(30, "d")), date(2018, 2, 12), TODAY, id="last excludes today"),
        pytest.param(Last(Duration(1, "w")), date(2018, 3, 7), TODAY, id="a week is seven days"),
        pytest.param(Next(Duration(14, "d")), TODAY, date(2018, 3, 28), id="next includes today"),
        pytest.param(Ago(Duration(9, "d"), Duration(2, "d")), date(2018, 3, 5), date(2018, 3, 12), id="between"),
        pytest.param(Days(1), date(2018, 3, 13), TODAY, id="yesterday"),
        pytest.param(This("week"), date(2018, 3, 12), TODAY, id="this week since Monday ends before today"),
        pytest.param(This("quarter"), date(2018, 1, 1), TODAY, id="this quarter"),
        pytest.param(Previous("week"), date(2018, 3, 5), date(2018, 3, 12), id="previous week is whole"),
        pytest.param(Previous("month"), date(2018, 2, 1), date(2018, 3, 1), id="previous month is whole"),
        pytest.param(Previous("year"), date(2017, 1, 1), date(2018, 1, 1), id="previous year is whole"),
        pytest.param(Dates(date(2000, 1, 1), None), date(2000, 1, 1), None, id="since has no end"),
        pytest.param(Dates(None, date(2030, 1, 1)), None, date(2030, 1, 1), id="until may be in the future"),
    ],
)
def test_a_window_on_a_date_compares_local_dates(window: Window, start: date | None, end: date | None) -> None:
    assert resolve_dates(window, today=TODAY) == (start, end)


@STEADY
@given(
    st.dates(date(1904, 1, 1), date(2090, 1, 1)),
    st.integers(0, 800),
    st.integers(1, 800),
    st.dates(date(1900, 1, 1), date(2050, 1, 1)) | st.just(date(2000, 2, 29)),
)
@example(date(2019, 2, 28), 1, 1, date(2000, 2, 29))
@example(date(2020, 2, 28), 1, 1, date(2000, 2, 29))
def test_anniversaries_come_every_year(today: date, start: int, length: int, born: date) -> None:
    first = today - timedelta(days=start + length)
    window = Ago(Duration(start + length, "d"), Duration(start, "d"))
    celebrated = False
    for offset in range(length):
        day = first + timedelta(days=offset)
        leap = pd.Timestamp(day).is_leap_year
        on = (2, 28) if (born.month, born.day) == (2, 29) and not leap else (born.month, born.day)
        celebrated |= (day.month, day.day) == on
    assert ((born.month, born.day) in anniversaries(window, today=today)) is celebrated


@pytest.mark.parametrize(
    "window",
    [
        pytest.param(Dates(date(1900, 1, 1), None), id="since, without an end"),
        pytest.param(Dates(None, date(1900, 1, 1)), id="until, without a beginning"),
    ],
)
def test_everyone_has_an_anniversary_in_a_window_without_a_bound(window: Window) -> None:
    assert len(anniversaries(window, today=TODAY)) == 366
