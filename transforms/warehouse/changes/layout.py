"""Which partitions of an event table stay as they are while rows come beside them, and which are written as one file.

A partition is (site, first day of its period, block). The newest period of a site is open: every day adds a file.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from transforms.warehouse.tables.periods import Period, length_of

Part = tuple[str, date, int]

OPEN_FILES = 32  # a month of days
CLOSED_FILES = 4  # late events come to closed periods by and by: each of them is rewritten every fourth time


def keeps_periods(first_days: Mapping[str, Collection[date]], periods: Mapping[str, Period]) -> bool:
    """Whether the partitions of every site keep their length.

    Args:
        first_days: Site -> first days of the periods that there are.
        periods: Site -> length of its partitions from now on.
    """
    return all(periods.get(site) == length_of(days) for site, days in first_days.items())


def crowded(files: Mapping[Part, int]) -> set[Part]:
    """The partitions with so many files that the next rows come with a rewrite.

    Args:
        files: Partition -> how many files it has.
    """
    newest: dict[str, date] = {}
    for site, first_day, _ in files:
        newest[site] = max(first_day, newest.get(site, first_day))
    return {
        part for part, count in files.items() if count >= (OPEN_FILES if part[1] == newest[part[0]] else CLOSED_FILES)
    }
