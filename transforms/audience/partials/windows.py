"""A window as whole local days, which daily totals answer, and the ragged ends, which only events do."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from transforms.audience.leaves.measures.days import DAY, midnight
from transforms.audience.slices import Stretch


@dataclass(frozen=True, slots=True)
class WholeDays:
    """The local days [``first``, ``end``) of a window (days since 1970; None: no beginning) and what is beside them."""

    first: int | None
    end: int
    inside: Stretch
    edges: tuple[Stretch, ...]

    @classmethod
    def of(cls, start: int | None, end: int, zone: ZoneInfo) -> WholeDays | None:
        """The whole days of [start, end) microseconds; None if there are none."""
        last = end // DAY + 2
        while midnight(last, zone) > end:
            last -= 1
        first = None if start is None else _day_from(start, zone)
        if first is not None and first >= last:
            return None
        begins = None if first is None else midnight(first, zone)
        ends = midnight(last, zone)
        edges = ([] if start is None or begins is None else [(start, begins)]) + [(ends, end)]
        return cls(first, last, (begins, ends), tuple((a, b) for a, b in edges if a < b))

    @property
    def length(self) -> float:
        """How many days they are."""
        return float("inf") if self.first is None else self.end - self.first


def _day_from(at: int, zone: ZoneInfo) -> int:
    """The first local day that begins at or after an instant."""
    day = at // DAY - 2
    while midnight(day, zone) < at:
        day += 1
    return day
