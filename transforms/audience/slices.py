"""Which stretches of time are read of an event type, and where they are cut so that no slice holds too many events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from zoneinfo import ZoneInfo

import numpy as np

from plateia.records import Volume
from transforms.audience.leaves.columns import Places
from transforms.audience.leaves.measures.days import DAY, midnight

Stretch = tuple[int | None, int]  # [start, end) microseconds; None has no beginning

_FAR = 40_000  # days: more of them in one stretch are not cut one by one


def union(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The same time in ascending stretches that are at least a day apart; empty ones are left out."""
    found: list[Stretch] = []
    for start, end in sorted(set(stretches), key=lambda stretch: (stretch[0] is not None, stretch[0] or 0, stretch[1])):
        if start is not None and start >= end:
            continue
        # A local day lies in one slice: two that are less than a day apart become one.
        if found and (start is None or start <= found[-1][1] + DAY):
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found


def overlap(one: Stretch, other: Stretch) -> Stretch | None:
    """The time that two stretches share; None if there is none."""
    starts = [start for start in (one[0], other[0]) if start is not None]
    start, end = max(starts, default=None), min(one[1], other[1])
    return None if start is not None and start >= end else (start, end)


def hull(stretches: Sequence[Stretch]) -> Stretch:
    """The shortest stretch that holds all of some; of none one that holds nothing."""
    starts = [start for start, _ in stretches]
    first = None if None in starts else min((start for start in starts if start is not None), default=0)
    return first, max((end for _, end in stretches), default=0)


def slices(stretches: Iterable[Stretch], volumes: Sequence[Volume], zone: ZoneInfo, *, most_rows: int) -> list[Stretch]:
    """Stretches, ascending, in parts of about ``most_rows`` events."""
    return [part for stretch in stretches for part in cut(stretch, volumes, zone, most_rows=most_rows)]


def cut(stretch: Stretch, volumes: Sequence[Volume], zone: ZoneInfo, *, most_rows: int) -> list[Stretch]:
    """A stretch in parts of about ``most_rows`` events, cut at local midnights; a day stays whole.

    Args:
        volumes: Where the events are; within each they are taken to lie evenly.
    """
    inside = [volume for volume in volumes if overlap((volume.first, volume.last + 1), stretch)]
    if sum(volume.rows for volume in inside) <= most_rows:
        return [stretch]
    first = max(min(volume.first for volume in inside), stretch[0] or 0)
    last = min(max(volume.last for volume in inside) + 1, stretch[1])
    days = range(first // DAY, min(last // DAY + 2, first // DAY + _FAR))
    midnights = [at for day in days if first < (at := midnight(day, zone)) < last]
    rows = _rows_before(np.array([first, *midnights, last]), inside)
    return list(_parts(stretch, midnights, rows, most_rows))


def _rows_before(instants: Places, volumes: Sequence[Volume]) -> list[float]:
    rows = np.zeros(instants.size)
    for volume in volumes:
        rows += volume.rows * np.clip((instants - volume.first) / (volume.last - volume.first + 1), 0, 1)
    return [float(number) for number in rows]


def _parts(stretch: Stretch, midnights: Sequence[int], rows: Sequence[float], most_rows: int) -> Iterator[Stretch]:
    """``rows``: how many events come before the stretch, before each midnight, and before its end."""
    start, begun = stretch[0], rows[0]
    for instant, before, before_next in zip(midnights, rows[1:-1], rows[2:], strict=True):
        if before_next - begun > most_rows:
            yield start, instant
            start, begun = instant, before
    yield start, stretch[1]
