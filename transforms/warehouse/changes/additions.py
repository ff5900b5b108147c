"""Whether the files of an event table can stay while rows are added beside them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from transforms.warehouse.tables.periods import Period, length_of

MOST_FILES = 32  # of one (site, period, block): a month of days


def keeps_partitions(files: Mapping[tuple[str, date, int], int], periods: Mapping[str, Period]) -> bool:
    """Whether partitions keep their length and have few enough files.

    Args:
        files: (site, first day of the period, block) -> how many files there are.
        periods: Site -> length of its partitions from now on.
    """
    first_days: dict[str, set[date]] = {}
    for site, first_day, _ in files:
        first_days.setdefault(site, set()).add(first_day)
    same = all(periods.get(site) == length_of(days) for site, days in first_days.items())
    return same and all(count < MOST_FILES for count in files.values())
