"""Local times become instants: gaps move forward, folds take the first instant, midnights exist."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from plateia.clock import AsOf, iso, local_date, local_midnight, to_instant
from plateia.errors import UsageError


@pytest.mark.parametrize(
    ("zone", "local", "instant"),
    [
        pytest.param("America/New_York", "2026-03-08T02:30", "2026-03-08T07:30:00Z", id="gap: 02:30 is 03:30 EDT"),
        pytest.param("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30:00Z", id="fold: the first 01:30"),
        pytest.param("America/Sao_Paulo", "2018-11-04T00:00", "2018-11-04T03:00:00Z", id="a day without midnight"),
        pytest.param("Asia/Kolkata", "2026-01-01T00:00", "2025-12-31T18:30:00Z", id="half an hour off"),
    ],
)
def test_local_to_instant(zone: str, local: str, instant: str) -> None:
    assert iso(to_instant(datetime.fromisoformat(local), ZoneInfo(zone))) == instant


def test_a_day_without_midnight_starts_at_its_first_instant() -> None:
    zone = ZoneInfo("America/Sao_Paulo")
    first = local_midnight(date(2018, 11, 4), zone)
    assert local_date(first, zone) == date(2018, 11, 4)
    assert first.astimezone(zone).hour == 1


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        pytest.param("2018-01-01", "2018-01-01T05:00:00Z", id="a date is local midnight"),
        pytest.param("2018-01-01T09:30", "2018-01-01T14:30:00Z", id="a naive instant is local"),
        pytest.param("2018-01-01T09:30+01:00", "2018-01-01T08:30:00Z", id="an offset is kept"),
        pytest.param("2018-01-01T09:30:00Z", "2018-01-01T09:30:00Z", id="UTC"),
    ],
)
def test_as_of(text: str, instant: str) -> None:
    assert iso(AsOf.parse(text).at(ZoneInfo("America/New_York"))) == instant


def test_as_of_defaults_to_now_on_all_sites_alike() -> None:
    given = AsOf.parse(None)
    assert given.at(ZoneInfo("America/New_York")) == given.at(ZoneInfo("Asia/Kolkata"))
    assert abs((datetime.now(UTC) - given.at(ZoneInfo("UTC"))).total_seconds()) < 60


@pytest.mark.parametrize("text", ["yesterday", "2018-13-01", "01/02/2018", ""])
def test_as_of_refuses_other_text(text: str) -> None:
    with pytest.raises(UsageError, match="ISO 8601"):
        AsOf.parse(text)
