"""One row a compared audience: sizes, who enters and leaves, and the first of them by name."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

from jobs.render import print_table
from plateia.lake.names import Names
from transforms.audience.difference import Ordinals, difference

_SHOWN = ("site", "audience", "old", "new", "old_size", "new_size", "entered", "left", "stayed", "reason")
_GROUPS = ("entered", "left", "stayed")
Row = dict[str, object]


def compared(head: Mapping[str, object], old: Ordinals | str, new: Ordinals | str, names: Names, n: int) -> Row:
    """The row of two versions; with a reason in place of numbers where one of them could not be computed."""
    if isinstance(old, str) or isinstance(new, str):
        return {**head, "reason": old if isinstance(old, str) else new}
    found = difference(old, new)
    groups = {group: getattr(found, group) for group in _GROUPS}
    return {
        **head,
        "old_size": len(old),
        "new_size": len(new),
        **{group: len(ordinals) for group, ordinals in groups.items()},
        "sample": {group: names.first(ordinals, n) for group, ordinals in groups.items()},
        "reason": None,
    }


def print_rows(rows: Sequence[Row]) -> None:
    """A table, and below it the samples of each audience that differs."""
    print_table(rows, columns=_SHOWN)
    for row in rows:
        sample = row.get("sample")
        if isinstance(sample, dict) and (row["entered"] or row["left"]):
            for group, ids in sample.items():
                if ids:
                    more = " …" if len(ids) < int(str(row[group])) else ""
                    sys.stdout.write(f"{row['audience']} {group}: {', '.join(ids)}{more}\n")
