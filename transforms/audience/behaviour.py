"""Event leaves of a block: each type read once, each filter run once, each window and measure computed once.

Of many events a slice of time is read after another, and measures take them in part by part.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import partial
from zoneinfo import ZoneInfo

from transforms.audience.atoms import EventLeaf
from transforms.audience.leaves.codebook import Codebook
from transforms.audience.leaves.events import EventTable, properties, span
from transforms.audience.leaves.traits import PeopleTable
from transforms.audience.limits import Limits
from transforms.audience.partials.answers import DailyTotals
from transforms.audience.plan import BlockReader
from transforms.audience.questions import Question, ask, by_filter, passes
from transforms.audience.slices import Stretch, hull, overlap, slices, union
from transforms.audience.truths import DATA_ERRORS, Truths


class Behaviour:
    """Evaluates event leaves of a plan on one block."""

    def __init__(
        self,
        truths: Truths,
        reader: BlockReader,
        people: PeopleTable,
        zone: ZoneInfo,
        limits: Limits,
        totals: DailyTotals | None = None,
    ) -> None:
        self._totals = totals
        self._truths, self._reader, self._people = truths, reader, people
        self._zone, self._limits = zone, limits
        self._alive = people.population.alive

    def evaluate(self, leaves: Iterable[tuple[int, EventLeaf]]) -> None:
        """Set the truth of every leaf, or why it has none."""
        by_type: dict[str, list[tuple[int, EventLeaf]]] = defaultdict(list)
        for node, leaf in leaves:
            by_type[leaf.event].append((node, leaf))
        for event, of_type in sorted(by_type.items()):
            self._answer(event, ask(of_type))

    def _answer(self, event: str, questions: Sequence[Question]) -> None:
        asked = self._totals.long(event, questions) if self._totals is not None else []
        long = {id(each.question): each for each in asked}
        others = [question for question in questions if id(question) not in long]
        groups = passes([each.question for each in asked], self._alive.size, most_bytes=self._limits.state_bytes)
        for group in groups:
            if self._totals is not None:
                self._totals.take_in(event, [long[id(question)] for question in group], self._alive)
            # The ends of long windows are read with the short ones.
            self.scan(event, group + others)
            others = []
        self.scan(event, others)

    def scan(self, event: str, questions: Sequence[Question]) -> None:
        """Answer questions about one event type from the events of their stretches."""
        pieces = self._slices(event, questions)
        places = _Places(pieces, questions)
        # What waits for another slice is held together; of very many such questions each group takes a pass.
        waiting = [question for question in questions if places.number(question) > 1]
        at_once = [question for question in questions if places.number(question) <= 1]
        groups = passes(waiting, self._alive.size, most_bytes=self._limits.state_bytes) or [[]]
        groups[0] += at_once
        for group in groups:
            self._pass(event, group, pieces, places)

    def _slices(self, event: str, questions: Sequence[Question]) -> list[Stretch]:
        stretches = union(stretch for question in questions for stretch in question.stretches)
        volumes = self._reader.volumes(event) if stretches else []
        return slices(stretches, volumes, self._zone, most_rows=self._limits.event_rows)

    def _pass(self, event: str, questions: Sequence[Question], pieces: Sequence[Stretch], places: _Places) -> None:
        codebook = Codebook() if len(pieces) > 1 else None
        self._settle(question for question in questions if not places.number(question))
        for number, piece in enumerate(pieces):
            asked = [question for question in questions if places.holds(number, question)]
            if not asked:
                continue
            leaves = [question.leaf for question in asked]
            try:
                table = self._read(event, leaves, piece, codebook)
            except DATA_ERRORS as error:
                self._fail(asked, error)
                continue
            self._charge(asked)
            for group in by_filter(asked).values():
                self._take_in(table, group, piece, places)
                self._settle(question for question in group if places.is_last(number, question))

    def _read(self, event: str, leaves: Sequence[EventLeaf], piece: Stretch, codebook: Codebook | None) -> EventTable:
        table = self._reader.events(event, ["ordinal", "at", *properties(leaves)], *piece)
        return EventTable(table, self._people.population, event, [leaf.where for leaf in leaves], codebook)

    def _take_in(self, table: EventTable, group: Sequence[Question], piece: Stretch, places: _Places) -> None:
        """Hand the matching events of a slice to all questions of a filter."""
        sound = [question for question in group if not self._has_failed(question)]
        if not sound:
            return
        try:
            is_summed = all(question.leaf.measured.kind == "sum" for question in sound)
            matches = table.matches(sound[0].leaf, is_summed=is_summed)
        except DATA_ERRORS as error:
            self._fail(sound, error)
            return
        parts = [[part for each in question.stretches if (part := overlap(each, piece))] for question in sound]
        matches = matches.only(*hull([part for of_question in parts for part in of_question]))
        self._charge(sound)
        for question, of_question in zip(sound, parts, strict=True):
            try:
                is_all = len(of_question) == 1 and places.number(question) == 1
                for part in of_question:
                    question.add(matches.within(*part), self._alive, self._zone, is_all=is_all)
            except DATA_ERRORS as error:
                self._fail([question], error)
            self._charge([question])

    def _settle(self, questions: Iterable[Question]) -> None:
        """Answer what all events have been seen of."""
        for question in questions:
            if self._has_failed(question):
                continue
            try:
                answer = question.answer(self._alive, self._zone)
            except DATA_ERRORS as error:
                self._fail([question], error)
                continue
            self._charge([question])
            for node, leaf in question.nodes:
                self._truths.set(node, partial(answer, leaf.predicate))

    def _has_failed(self, question: Question) -> bool:
        return question.nodes[0][0] in self._truths.failures

    def _fail(self, questions: Iterable[Question], error: Exception) -> None:
        self._truths.fail([node for question in questions for node, _ in question.nodes], error)

    def _charge(self, questions: Iterable[Question]) -> None:
        self._truths.charge([node for question in questions for node, _ in question.nodes])


class _Places:
    """Which slices, by number, hold events that a question asks about."""

    def __init__(self, slices: Sequence[Stretch], questions: Iterable[Question]) -> None:
        ends = [end for _, end in slices]
        starts = [-math.inf if start is None else start for start, _ in slices]
        self._found = {
            id(question): {
                number
                for start, end in question.stretches
                for number in range(0 if start is None else bisect_right(ends, start), bisect_left(starts, end))
            }
            for question in questions
        }
        self._last = {question: max(numbers) for question, numbers in self._found.items() if numbers}

    def number(self, question: Question) -> int:
        return len(self._found[id(question)])

    def holds(self, slice_number: int, question: Question) -> bool:
        return slice_number in self._found[id(question)]

    def is_last(self, slice_number: int, question: Question) -> bool:
        return slice_number == self._last[id(question)]


def read_events(reader: BlockReader, event: str, leaves: Sequence[EventLeaf], people: PeopleTable) -> EventTable:
    """The events of one type that leaves ask about."""
    start, end = span(leaves)
    table = reader.events(event, ["ordinal", "at", *properties(leaves)], start, end)
    return EventTable(table, people.population, event, [leaf.where for leaf in leaves])
