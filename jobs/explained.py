"""An explanation as a person reads it: a tree of conditions, what each rests on and lacks, and when it flips."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rich.text import Text

from jobs.render import print_tree
from plateia.errors import echo

if TYPE_CHECKING:
    from transforms.audience.explaining import Explanation

_MARKS = {True: ("✓ ", "green"), False: ("✗ ", "red")}
_SHOWN_EVENTS = 3  # --json has more


def print_explanation(root: Explanation, zone: ZoneInfo) -> None:
    """Print the rows of an explanation; instants are those of the site's clock."""

    def label(row: Mapping[str, object]) -> Text:
        return Text("\n").join(_lines(row, zone, is_root=row is root))

    print_tree(root, label)


def _lines(row: Mapping[str, object], zone: ZoneInfo, *, is_root: bool) -> Iterator[Text]:
    truth, value, flips = row["truth"], row["value"], row["flips"]
    head = Text.assemble(_MARKS[truth] if isinstance(truth, bool) else ("? ", "yellow"), str(row["text"]))
    if value is not None:
        head.append(" — ").append(echo(value) if isinstance(value, str) else str(value), "bold")
    if isinstance(flips, datetime):
        head.append(f" (until {_local(flips, zone)})")
    elif is_root and isinstance(truth, bool):
        head.append(" (for the next ten years)")
    elif row["fixed"]:
        head.append(" (taken as it is now)")
    yield head
    nearest, run = row["nearest"], row["run"]
    if isinstance(nearest, Mapping):
        yield Text(f"  {'nearest' if is_root else 'lacks'}: {nearest['text']}", "yellow")
    if isinstance(run, Mapping):
        by = f"by run {run['run_id']}" if run["run_id"] else "computed for this answer"
        yield Text(f"  as of {_local(run['as_of'], zone)}, {by}", "dim")
    events = row["events"]
    if isinstance(events, Sequence) and events:
        yield Text(f"  {_events(events, row['n_events'], zone)}", "dim")


def _events(events: Sequence[Mapping[str, object]], n_events: object, zone: ZoneInfo) -> str:
    shown = [f"{event['event']} {event['event_id']} on {_local(event['at'], zone)}" for event in events[:_SHOWN_EVENTS]]
    more = n_events - len(shown) if isinstance(n_events, int) else 0
    return ", ".join(shown) + (f" and {more:,} more" if more else "")


def _local(at: object, zone: ZoneInfo) -> str:
    if not isinstance(at, datetime):
        return str(at)
    there = at.astimezone(zone)
    return f"{there.day} {there:%b %Y %H:%M}"
