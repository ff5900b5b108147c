"""Windows get their meaning, as far as that can be judged without a site and an instant."""

from __future__ import annotations

from typing import Literal

from plateia.config import KeyPath
from plateia.rules.binding.report import Report
from plateia.rules.grammar.conditions import Operators
from plateia.rules.grammar.times import (
    AgoForm,
    DatesForm,
    DaysForm,
    LastForm,
    NextForm,
    PreviousForm,
    ThisForm,
    WindowForm,
)
from plateia.rules.tree import Ago, Dates, Days, Duration, Last, Next, Previous, This, Window

Usage = Literal["event", "date", "timestamp"]

MAX_DAYS = 36_525  # a century: whatever is longer is a slip of the pen
_CENTURY = {"min": MAX_DAYS * 1440, "h": MAX_DAYS * 24, "d": MAX_DAYS, "w": MAX_DAYS // 7}
_YEARS = range(1000, 9000)  # every local midnight of which is an instant that a timestamp can hold
_WINDOW_FIELDS = frozenset(("last", "start", "end", "days", "this", "previous", "since", "until", "next"))


def bind_window(form: WindowForm, path: KeyPath, report: Report, usage: Usage = "event") -> Window | None:
    """The window that a form means, or None where that was reported as a problem.

    Args:
        form: The window as written.
        path: Where it stands.
        report: Takes the problems.
        usage: What lies in the window: events (never in the future), dates (no hours) or timestamps.
    """
    match form:
        case LastForm():
            window: Window = Last(form.last)
        case AgoForm():
            window = Ago(form.start, form.end)
        case DaysForm():
            window = Days(form.days)
        case ThisForm():
            window = This(form.this)
        case PreviousForm():
            window = Previous(form.previous)
        case DatesForm():
            window = Dates(form.since, form.until)
        case NextForm():
            window = Next(form.next)
    return _checked(window, path, report, usage)


def window_among(operators: Operators, path: KeyPath, report: Report, usage: Usage) -> Window | None:
    """The window whose keys stand among the operators of a condition; None without one, or where it is a problem."""
    if (operators.start is None) != (operators.end is None):
        report.refuse(path, f"a window with {'to' if operators.start is None else 'from'} alone", "both from and to")
        return None
    found: list[Window] = []
    if operators.last is not None:
        found.append(Last(operators.last))
    if operators.start is not None and operators.end is not None:
        found.append(Ago(operators.start, operators.end))
    if operators.days is not None:
        found.append(Days(operators.days))
    if operators.this is not None:
        found.append(This(operators.this))
    if operators.previous is not None:
        found.append(Previous(operators.previous))
    if operators.since is not None or operators.until is not None:
        found.append(Dates(operators.since, operators.until))
    if operators.next is not None:
        found.append(Next(operators.next))
    if len(found) > 1:
        report.refuse(path, f"{len(found)} windows in one condition", "one window", "Write one trait node for each.")
        return None
    return _checked(found[0], path, report, usage)


def has_window(operators: Operators) -> bool:
    """Whether any key of a window stands among the operators."""
    return not _WINDOW_FIELDS.isdisjoint(operators.model_fields_set)


def check_duration(duration: Duration, path: KeyPath, report: Report) -> bool:
    """Whether a duration is at most a century; reports it if not."""
    fits = duration.amount <= _CENTURY[duration.unit]
    if not fits:
        report.refuse(path, f"{duration.amount}{duration.unit}", "at most 100 years")
    return fits


def _checked(window: Window, path: KeyPath, report: Report, usage: Usage) -> Window | None:
    lengths = [_check_length(duration, (*path, key), report, usage) for duration, key in _durations(window)]
    if not all(lengths):
        return None
    match window:
        case Ago(start, end) if start.delta <= end.delta:
            got = f"from {start.amount}{start.unit} to {end.amount}{end.unit}"
            report.refuse(path, got, "from longer ago than to", "Both count back from as_of.")
            return None
        case Days(days) if not 1 <= days <= MAX_DAYS:
            report.refuse((*path, "days"), str(days), f"1 to {MAX_DAYS:,} days")
            return None
        case Dates():
            return window if _check_dates(window, path, report) else None
        case Next() if usage == "event":
            report.refuse(
                (*path, "next"), "a window in the future", "the past: events are never seen before they happen"
            )
            return None
    return window


def _check_length(duration: Duration, path: KeyPath, report: Report, usage: Usage) -> bool:
    if usage == "date" and duration.unit in ("min", "h"):
        got = f"{duration.amount}{duration.unit}"
        report.refuse(path, got, "days (d) or weeks (w): dates have no hours")
        return False
    return check_duration(duration, path, report)


def _durations(window: Window) -> tuple[tuple[Duration, str], ...]:
    match window:
        case Last(duration):
            return ((duration, "last"),)
        case Ago(start, end):
            return ((start, "from"), (end, "to"))
        case Next(duration):
            return ((duration, "next"),)
    return ()


def _check_dates(window: Dates, path: KeyPath, report: Report) -> bool:
    problems_before = len(report.problems)
    for day, key in ((window.since, "since"), (window.until, "until")):
        if day is not None and day.year not in _YEARS:
            report.refuse((*path, key), day.isoformat(), f"a year from {_YEARS.start} to {_YEARS.stop - 1}")
    if window.since and window.until and window.since >= window.until:
        report.refuse(
            path, f"since {window.since} until {window.until}", "since before until (until itself is outside)"
        )
    return len(report.problems) == problems_before
