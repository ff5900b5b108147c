"""Local days of instants, by the site's zone with its changes of the clock."""

from __future__ import annotations

from datetime import date
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np

from plateia.clock import local_midnight
from plateia.rules.windows import microseconds
from transforms.audience.leaves.columns import Places

DAY = 86_400_000_000  # microseconds of a day of UTC
_EPOCH = date(1970, 1, 1).toordinal()


def local_days(at: Places, zone: ZoneInfo) -> Places:
    """The local day of each instant, in days since 1970."""
    if not at.size:
        return at
    utc_days = at // DAY
    first = int(utc_days.min())
    present = np.flatnonzero(np.bincount(utc_days - first)) + first if _is_dense(utc_days) else np.unique(utc_days)
    near = np.unique(np.concatenate([present - 1, present, present + 1]))
    midnights = np.array([midnight(day, zone) for day in near.tolist()], dtype=np.int64)
    days: Places = near[np.searchsorted(midnights, at, side="right") - 1]
    return days


def _is_dense(days: Places) -> bool:
    return int(days.max() - days.min()) < 100_000


@cache
def midnight(day: int, zone: ZoneInfo) -> int:
    """Microseconds of the first instant of a local day, given in days since 1970; ends of the calendar count as far."""
    try:
        return microseconds(local_midnight(date.fromordinal(_EPOCH + day), zone))
    except (ValueError, OverflowError):
        return day * DAY
