"""Windows on events: those that hold nothing, and how many local days they may touch."""

from __future__ import annotations

import math
from datetime import date, timedelta

from plateia.rules.lint.values.times import length
from plateia.rules.tree import Ago, Dates, Days, Last, Next, Previous, This, Window

_DAY = timedelta(days=1)
_WITHIN = {
    "day": ("day", "week", "month", "quarter", "year"),
    "week": ("week",),
    "month": ("month", "quarter", "year"),
    "quarter": ("quarter", "year"),
    "year": ("year",),
}
_MOST_DAYS = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}


def is_future(window: Window | None, today: date) -> bool:
    """Whether nothing that has happened by the end of ``today`` can lie in a window."""
    return isinstance(window, Next) or (isinstance(window, Dates) and window.since is not None and window.since > today)


def is_empty(window: Window | None) -> bool:
    """Whether a window ends before it begins."""
    match window:
        case Ago(start, end):
            return start.delta <= end.delta
        case Dates(since, until):
            return since is not None and until is not None and since >= until
    return False


def most_days(window: Window | None) -> float:
    """At most so many local days have an instant in the window."""
    match window:
        case Last(duration):
            return duration.delta // _DAY + 2  # a part of a day at both ends, also where a day has 23 hours
        case Ago(start, end):
            return (start.delta - end.delta) // _DAY + 2
        case Days(days):
            return days
        case This(unit) | Previous(unit):
            return _MOST_DAYS[unit]
        case Dates(date() as since, date() as until):
            return (until - since).days
    return math.inf


def contains(wider: Window | None, window: Window | None) -> bool:
    """Whether whatever lies in a window is certain to lie in the wider one, too."""
    if wider is None or wider == window:
        return True
    match window, wider:
        case (Last() | Ago(), Last() | Ago()):
            (start, end), (wider_start, wider_end) = _ago(window), _ago(wider)
            return wider_start >= start and wider_end <= end
        case Previous("day"), Days():
            return True
        case Days(days), Days(most):
            return days <= most
        case Days(days), Last(duration):
            return duration.delta >= (days + 2) * _DAY  # today so far, and an hour more where clocks change
        case This(unit), This(larger):
            return larger in _WITHIN[unit]
        case Dates(since, until), Dates(earlier, later):
            begins = earlier is None or (since is not None and earlier <= since)
            return begins and (later is None or (until is not None and until <= later))
    return False


def _ago(window: Last | Ago) -> tuple[int, int]:
    """How long ago it begins and ends, in microseconds."""
    return (length(window.duration), 0) if isinstance(window, Last) else (length(window.start), length(window.end))


def longest(window: Window | None) -> float:
    """Microseconds that lie between any two instants in the window, at most; infinite where that is open."""
    match window:
        case Last(duration):
            return length(duration)
        case Ago(start, end):
            return length(start) - length(end)
    return math.inf
