"""Sequences: whether any chain of a person's events takes every step, in order of instant, event type and event id.

Without ``same``, a step needs to know of the chain before it only where it ended and how late it can have begun, so all
people are advanced step by step at once. With ``same``, that pass (less what ``same`` would refuse) finds the few who
may meet the sequence, and their chains are followed value by value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from transforms.audience.atoms import SequenceLeaf, SequenceStep
from transforms.audience.leaves.chains import Occurrence, has_chain
from transforms.audience.leaves.columns import Mask, Places

Values = Callable[[str, Places], list[object]]


@dataclass(frozen=True, slots=True)
class Timeline:
    """Events of a block in their order: by place, instant, event type and event id.

    Attributes:
        first: The row where each row's person begins; ``last`` the row where the next one does.
        takes: For each step of the sequence, which events are such.
    """

    places: Places
    at: Places
    first: Places
    last: Places
    takes: Sequence[Mask]

    @classmethod
    def of(cls, places: Places, at: Places, takes: Sequence[Mask]) -> Timeline:
        """From rows that are in order already."""
        begins = np.flatnonzero(np.append(True, places[1:] != places[:-1])) if places.size else places
        which = np.repeat(np.arange(begins.size), np.diff(np.append(begins, places.size)))
        ends = np.append(begins[1:], places.size)
        return cls(places, at, begins[which], ends[which], takes)

    def at_rows(self, rows: Places) -> Timeline:
        """The same for some rows, in order."""
        return Timeline.of(self.places[rows], self.at[rows], [taken[rows] for taken in self.takes])


def reached(leaf: SequenceLeaf, timeline: Timeline, values: Values, n_people: int) -> Mask:
    """Which places have a chain.

    Args:
        values: The values of a property at rows of the timeline, None where missing.
    """
    mask = np.zeros(n_people, dtype=np.bool_)
    ends = _ends(leaf, timeline, [step.relaxed() if step.is_bound else step for step in leaf.steps])
    mask[timeline.places[ends]] = True
    if not any(step.is_bound for step in leaf.steps):
        return mask
    rows = np.flatnonzero(mask[timeline.places])
    mask[:] = False
    if not rows.size:
        return mask
    few = timeline.at_rows(rows)
    named = sorted({name for step in leaf.steps for name in step.properties})
    found = {name: values(name, rows) for name in named}
    begins = np.unique(few.first).tolist()
    for begin, end in zip(begins, [*begins[1:], few.places.size], strict=True):
        events = [
            Occurrence(
                int(few.at[row]),
                tuple(bool(taken[row]) for taken in few.takes),
                {name: column[row] for name, column in found.items()},
            )
            for row in range(begin, end)
        ]
        mask[few.places[begin]] = has_chain(leaf, events)
    return mask


def _ends(leaf: SequenceLeaf, timeline: Timeline, steps: Sequence[SequenceStep | None]) -> Places:
    """The rows at which chains end that take all the steps; a step of None asks nothing."""
    inside = timeline.at < leaf.end if leaf.start is None else (timeline.at >= leaf.start) & (timeline.at < leaf.end)
    rows: Places | None = None
    begun = timeline.at[:0]
    quiet: list[Places] = []
    for step, taken in zip(steps, timeline.takes, strict=True):
        if step is None:
            continue
        if step.negated:
            if step.quiet_for is None:
                quiet.append(np.flatnonzero(taken))
            elif rows is not None:
                rows = rows[_stays_quiet(timeline, rows, np.flatnonzero(taken), step.quiet_for, leaf.as_of)]
            continue
        here = np.flatnonzero(taken & inside)
        if rows is None:
            rows, begun = here, timeline.at[here]
        else:
            rows, begun = _advance(timeline, (rows, begun), here, step, quiet, leaf.within)
        quiet = []
    return begun if rows is None else rows


def _advance(
    timeline: Timeline,
    before: tuple[Places, Places],
    rows: Places,
    step: SequenceStep,
    quiet: Sequence[Places],
    within: int | None,
) -> tuple[Places, Places]:
    """Those of ``rows`` that a chain can go on to, and the latest instant at which such a chain began."""
    ended, begun = before
    low, high = timeline.first[rows], rows
    if step.after_max is not None:
        low = _search(timeline.at, low, rows, timeline.at[rows] - step.after_max)
    if step.after_min is not None:
        high = _search(timeline.at, timeline.first[rows], rows, timeline.at[rows] - step.after_min + 1)
    for happened in quiet:
        if happened.size:
            # The event that a chain stands at may itself be one that must not happen later.
            nearest = np.searchsorted(happened, rows) - 1
            low = np.maximum(low, np.where(nearest >= 0, happened[np.maximum(nearest, 0)], 0))
    start, end = np.searchsorted(ended, low), np.searchsorted(ended, high)
    possible = start < end
    rows, start, end = rows[possible], start[possible], end[possible]
    latest = _range_maxima(begun, start, end)
    if within is not None:
        in_time = timeline.at[rows] - latest <= within
        rows, latest = rows[in_time], latest[in_time]
    return rows, latest


def _stays_quiet(timeline: Timeline, rows: Places, happened: Places, quiet_for: int, as_of: int) -> Mask:
    """Whether nothing of ``happened`` follows a row of the same person within a time that is over by as_of."""
    until = timeline.at[rows] + quiet_for
    quiet: Mask = until <= as_of
    if happened.size:
        following = np.searchsorted(happened, rows, side="right")
        is_any = following < happened.size
        row = happened[np.minimum(following, happened.size - 1)]
        quiet &= ~(is_any & (row < timeline.last[rows]) & (timeline.at[row] < until))
    return quiet


def _search(at: Places, low: Places, high: Places, wanted: Places) -> Places:
    """For each of several stretches of ascending instants, the first row in [low, high) at or after the wanted one."""
    low, high = low.copy(), high.copy()
    while (open_ := low < high).any():
        middle = (low + high) >> 1
        is_before = open_ & (at[np.minimum(middle, at.size - 1)] < wanted)
        low = np.where(is_before, middle + 1, low)
        high = np.where(open_ & ~is_before, middle, high)
    return low


def _range_maxima(values: Places, start: Places, end: Places) -> Places:
    """The maximum of each non-empty range [start, end): two overlapping powers of two, one level of them at a time."""
    result = np.empty(start.size, dtype=np.int64)
    if not start.size:
        return result
    lengths = end - start
    levels = np.frexp(lengths)[1] - 1  # floor(log2)
    maxima, level = values, 0
    while True:
        mine = np.flatnonzero(levels == level)
        if mine.size:
            result[mine] = np.maximum(maxima[start[mine]], maxima[end[mine] - (1 << level)])
        if level >= int(levels.max()):
            return result
        maxima = np.maximum(maxima[: -(1 << level)], maxima[1 << level :])
        level += 1
