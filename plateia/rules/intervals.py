"""Sets of numbers as disjoint, sorted, inclusive intervals; the canonical form of every numeric condition."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

Bound = int | float
Intervals = tuple[tuple[Bound, Bound], ...]
Neighbour = Callable[[Bound, int], Bound]  # the next number of the axis up (+1) or down (-1)

EVERYTHING: Intervals = ((-math.inf, math.inf),)


def next_integer(value: Bound, direction: int) -> Bound:
    """The integer beside ``value``."""
    return value + direction


def next_double(value: Bound, direction: int) -> Bound:
    """The double beside ``value``; beyond the infinities there is none."""
    return math.nextafter(value, direction * math.inf)


def union(intervals: Iterable[tuple[Bound, Bound]], neighbour: Neighbour) -> Intervals:
    """The numbers that lie in any of the intervals; empty ones (low > high) vanish and adjacent ones merge."""
    merged: list[tuple[Bound, Bound]] = []
    for low, high in sorted(pair for pair in intervals if pair[0] <= pair[1]):
        if merged and (merged[-1][1] == math.inf or low <= neighbour(merged[-1][1], 1)):
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return tuple(merged)


def complement(intervals: Intervals, neighbour: Neighbour) -> Intervals:
    """Every number of the axis that lies in none of the intervals."""
    gaps: list[tuple[Bound, Bound]] = []
    low: Bound = -math.inf
    for start, end in intervals:
        if start != -math.inf:
            gaps.append((low, neighbour(start, -1)))
        if end == math.inf:
            return tuple(gaps)
        low = neighbour(end, 1)
    return (*gaps, (low, math.inf))


def intersect(left: Intervals, right: Intervals) -> Intervals:
    """The numbers that lie in both."""
    both: list[tuple[Bound, Bound]] = []
    i = j = 0
    while i < len(left) and j < len(right):
        low, high = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if low <= high:
            both.append((low, high))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return tuple(both)


def contains(intervals: Intervals, value: Bound) -> bool:
    """Whether a number lies in the set."""
    return any(low <= value <= high for low, high in intervals)
