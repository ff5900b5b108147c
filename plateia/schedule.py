"""When an audience or a model is due: each slot once, and after an outage once, not once a missed slot."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from croniter import croniter

from plateia.rules.tree import Refresh


def is_due(refresh: Refresh, *, last: datetime | None, as_of: datetime, zone: ZoneInfo) -> bool:
    """Whether a refresh falls into (``last``, ``as_of``].

    Args:
        refresh: ``cron`` in the site's zone, or ``every``; neither means on every build.
        last: The as_of of the last published run, UTC; None if there was none.
        as_of: The instant of this run, UTC.
    """
    if last is None:
        return True
    if refresh.every is not None:
        return as_of - last >= refresh.every.delta
    if refresh.cron is not None:
        slot: datetime = croniter(refresh.cron, last.astimezone(zone)).get_next(datetime)
        return slot <= as_of
    return True
