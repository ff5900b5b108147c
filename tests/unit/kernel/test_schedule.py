"""Each slot once; after an outage once, not once a missed slot; cron in the site's zone."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from plateia.rules.tree import Duration, Refresh
from plateia.schedule import is_due

NEW_YORK = ZoneInfo("America/New_York")
DAILY = Refresh(cron="0 5 * * *")
SIX_HOURS = Refresh(every=Duration(6, "h"))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("refresh", "last", "as_of", "due"),
    [
        pytest.param(DAILY, None, "2026-01-01T00:00", True, id="never published"),
        pytest.param(DAILY, "2026-01-01T10:00", "2026-01-02T09:59", False, id="cron: 04:59 in New York"),
        pytest.param(DAILY, "2026-01-01T10:00", "2026-01-02T10:00", True, id="cron: 05:00 in New York"),
        pytest.param(DAILY, "2026-01-02T10:00", "2026-01-02T10:00", False, id="cron: this slot is done"),
        pytest.param(DAILY, "2026-01-01T10:00", "2026-01-09T11:00", True, id="cron: after an outage"),
        pytest.param(DAILY, "2026-01-09T11:00", "2026-01-09T12:00", False, id="cron: once after an outage"),
        pytest.param(DAILY, "2026-03-07T10:00", "2026-03-08T08:59", False, id="cron: before 05:00 on the DST day"),
        pytest.param(DAILY, "2026-03-07T10:00", "2026-03-08T09:00", True, id="cron: 05:00 is 09:00 UTC in summer"),
        pytest.param(SIX_HOURS, "2026-01-01T00:00", "2026-01-01T05:59", False, id="every: too early"),
        pytest.param(SIX_HOURS, "2026-01-01T00:00", "2026-01-01T06:00", True, id="every: just due"),
        pytest.param(Refresh(), "2026-01-01T00:00", "2026-01-01T00:00", True, id="no refresh: on every build"),
    ],
)
def test_due(refresh: Refresh, last: str | None, as_of: str, due: bool) -> None:
    assert is_due(refresh, last=last and utc(last), as_of=utc(as_of), zone=NEW_YORK) is due
