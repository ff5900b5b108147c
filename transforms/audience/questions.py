"""What event leaves ask of a block's events: each filter, window and measure once, whatever is compared with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from zoneinfo import ZoneInfo

from transforms.audience.atoms import EventLeaf, Where
from transforms.audience.leaves.columns import Mask
from transforms.audience.leaves.conditions import Predicate
from transforms.audience.leaves.measures import Daily, Fold, Matches, Seats, are_few, fold_of
from transforms.audience.leaves.measures.counting import Reached
from transforms.audience.leaves.measures.daily import DayRows
from transforms.audience.leaves.predicates import meets
from transforms.audience.slices import Stretch

Filter = tuple[Where | None, object]  # equal where the same events match, of a property those that have a value
_STATE_BYTES = {"distinct": 64, "avg": 16}  # a place; eight for the others


@dataclass
class Question:
    """One measure of the same events of a window, with the leaves that compare it.

    Attributes:
        leaf: Any of the leaves: its filter, window and measure.
        nodes: The leaves, by node of the plan.
        stretches: The time whose events must be read for it.
    """

    leaf: EventLeaf
    nodes: list[tuple[int, EventLeaf]]
    stretches: tuple[Stretch, ...]
    _fold: Fold | Reached | None = field(default=None, repr=False)
    _seats: Seats | None = field(default=None, repr=False)

    def fold(self, alive: Mask, zone: ZoneInfo) -> Fold | Reached:
        """What takes in the events; made when the first ones come."""
        if self._fold is None:
            is_simple = self.leaf.is_existence
            self._fold = Reached(alive.size) if is_simple else fold_of(self.leaf.measured, alive, zone)
        return self._fold

    def add_days(self, rows: DayRows, alive: Mask, zone: ZoneInfo) -> None:
        """Take in daily totals; only of measures that they are enough for."""
        fold = self.fold(alive, zone)
        assert isinstance(fold, Daily)  # it was asked of no other
        fold.add_days(rows)

    def forget(self) -> None:
        """Drop what was taken in so far."""
        self._fold = self._seats = None

    def add(self, matches: Matches, alive: Mask, zone: ZoneInfo, *, is_all: bool) -> None:
        """Take in events of the stretches; ``is_all``: no others follow.

        Raises:
            SumOverflowError: A living person has a value that is too large to add.
        """
        if is_all and self._fold is None and not self.leaf.is_existence and are_few(matches, alive.size):
            self._seats = Seats.of(matches, alive.size)
            self._fold = fold_of(self.leaf.measured, self._seats.alive(alive), zone)
            matches = matches.seated(self._seats.numbers)
        self.fold(alive, zone).add(matches)

    def answer(self, alive: Mask, zone: ZoneInfo) -> Callable[[Predicate], Mask]:
        """Who meets a predicate, by what was taken in, which is freed with the answer.

        Raises:
            SumOverflowError: A living person's sum of doubles lies beyond 9.2 · 10^12.
        """
        fold, seats = self.fold(alive, zone), self._seats
        self.forget()
        if isinstance(fold, Reached):
            return lambda _: fold.mask
        found = fold.finish()
        return partial(meets, found) if seats is None else lambda predicate: seats.mask(meets(found, predicate))

    def state_bytes(self, n_people: int) -> int:
        """Memory of what waits for more events, about."""
        a_place = 1 if self.leaf.is_existence else _STATE_BYTES.get(self.leaf.measured.kind, 8)
        return a_place * n_people


def ask(leaves: Iterable[tuple[int, EventLeaf]]) -> list[Question]:
    """The distinct questions of leaves of one event type, those of a filter, and of a ``where``, one after another."""
    found: dict[tuple[Filter, object], Question] = {}
    for node, leaf in leaves:
        key = filter_of(leaf), (leaf.start, leaf.end, leaf.measured, leaf.is_existence)
        question = found.setdefault(key, Question(leaf, [], ((leaf.start, leaf.end),)))
        question.nodes.append((node, leaf))
    groups: dict[Where | None, list[Question]] = defaultdict(list)
    for question in found.values():
        groups[question.leaf.where].append(question)
    return [question for of_where in groups.values() for group in by_filter(of_where).values() for question in group]


def by_filter(questions: Iterable[Question]) -> dict[Filter, list[Question]]:
    """Questions that the same matching events answer."""
    groups: dict[Filter, list[Question]] = defaultdict(list)
    for question in questions:
        groups[filter_of(question.leaf)].append(question)
    return groups


def filter_of(leaf: EventLeaf) -> Filter:
    """What tells the matching events of leaves of one type apart, and what is taken of them."""
    measured = leaf.measured
    return leaf.where, measured.of and (measured.of, measured.scale, measured.kind in ("sum", "avg"))


def passes(questions: Sequence[Question], n_people: int, *, most_bytes: int) -> list[list[Question]]:
    """Questions in groups whose states are held together; of many, each group takes a pass over the events."""
    found: list[list[Question]] = []
    used = 0
    for question in questions:
        size = question.state_bytes(n_people)
        if not found or used + size > most_bytes:
            found.append([])
            used = 0
        found[-1].append(question)
        used += size
    return found
