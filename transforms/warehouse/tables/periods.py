"""How long the partitions of a site's events are: as short as its volume fills them, so small data has few files."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Literal

from plateia.tables import BLOCK_SIZE

Period = Literal["week", "month", "year"]

_DAYS: dict[Period, float] = {"week": 7, "month": 365.25 / 12, "year": 365.25}
ROWS_A_FILE = 100_000  # fewer make a read of many small files
_TOO_MANY = 20 * ROWS_A_FILE  # a period that has grown this full is split, others stay as they are


@dataclass(frozen=True, slots=True)
class Span:
    """Some rows, and the instants of the first and the last of them, in seconds since the epoch."""

    rows: int
    first_s: float
    last_s: float

    def with_more(self, other: Span) -> Span:
        """The span of both."""
        return Span(self.rows + other.rows, min(self.first_s, other.first_s), max(self.last_s, other.last_s))

    def volume(self, people: int) -> Volume:
        """The volume that the rows are, on a site of so many people."""
        return Volume(self.rows, (self.last_s - self.first_s) / 86_400, people)


@dataclass(frozen=True, slots=True)
class Volume:
    """Events of a type on a site: rows, days from the first to the last, and people (ordinals given)."""

    rows: int
    days: float
    people: int

    def rows_a_file(self, period: Period) -> float:
        blocks = max(1, -(-self.people // BLOCK_SIZE))
        return self.rows / blocks / max(1.0, self.days / _DAYS[period])


def choose_period(volume: Volume, existing: Collection[date]) -> Period:
    """The period of a site's events.

    Args:
        volume: What there is to store.
        existing: The first days of the periods that the table has for the site; they keep their length until its
            files are twenty times the size that would be chosen first.
    """
    fitting: Period = next((p for p in ("week", "month") if volume.rows_a_file(p) >= ROWS_A_FILE), "year")
    if not existing:
        return fitting
    present = length_of(existing)
    return fitting if volume.rows_a_file(present) > _TOO_MANY else present


def length_of(first_days: Collection[date]) -> Period:
    """The longest period that all the days are firsts of."""
    if all((day.month, day.day) == (1, 1) for day in first_days):
        return "year"
    return "month" if all(day.day == 1 for day in first_days) else "week"
