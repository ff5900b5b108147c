"""Event leaves of a block: each type read once, each filter run once, each window and measure computed once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from zoneinfo import ZoneInfo

from transforms.audience.leaves.events import EventTable, properties, span
from transforms.audience.leaves.measures import Matches, measure, reached
from transforms.audience.leaves.predicates import meets
from transforms.audience.leaves.traits import PeopleTable
from transforms.audience.plan import BlockReader, EventLeaf, Measured
from transforms.audience.truths import DATA_ERRORS, Truths

EventGroup = Sequence[tuple[int, EventLeaf]]


class Behaviour:
    """Evaluates the event leaves of a plan on one block."""

    def __init__(self, truths: Truths, reader: BlockReader, people: PeopleTable, zone: ZoneInfo) -> None:
        self._truths, self._reader, self._people, self._zone = truths, reader, people, zone

    def evaluate(self, leaves: EventGroup) -> None:
        """Set the truth of every leaf: each event type read once, each filter run once."""
        by_type: dict[str, list[tuple[int, EventLeaf]]] = defaultdict(list)
        for node, leaf in leaves:
            by_type[leaf.event].append((node, leaf))
        for event, of_type in sorted(by_type.items()):
            try:
                table = read_events(self._reader, event, [leaf for _, leaf in of_type], self._people)
            except DATA_ERRORS as error:
                self._truths.fail([node for node, _ in of_type], error)
                continue
            self._truths.charge([node for node, _ in of_type])
            groups: dict[object, list[tuple[int, EventLeaf]]] = defaultdict(list)
            for node, leaf in of_type:
                of = leaf.measured.of and (leaf.measured.of, leaf.measured.scale, leaf.measured.kind in ("sum", "avg"))
                groups[leaf.where, of].append((node, leaf))
            for group in groups.values():
                self._of_filter(table, group)

    def _of_filter(self, table: EventTable, group: EventGroup) -> None:
        """Leaves over the same events, whatever their windows and thresholds."""
        try:
            matches = table.matches(group[0][1])
        except DATA_ERRORS as error:
            self._truths.fail([node for node, _ in group], error)
            return
        self._truths.charge([node for node, _ in group])
        windows: dict[tuple[int | None, int], list[tuple[int, EventLeaf]]] = defaultdict(list)
        for node, leaf in group:
            windows[leaf.start, leaf.end].append((node, leaf))
        for (start, end), same in windows.items():
            self._of_window(matches.within(start, end), same)

    def _of_window(self, matches: Matches, group: EventGroup) -> None:
        """Leaves over the same events of the same window."""
        population = self._people.population
        by_measure: dict[Measured, list[tuple[int, EventLeaf]]] = defaultdict(list)
        for node, leaf in group:
            if leaf.is_existence:
                self._truths.set(node, partial(reached, matches, population.n))
            else:
                by_measure[leaf.measured].append((node, leaf))
        for measured, same in by_measure.items():
            try:
                values = measure(measured, matches, population.alive, self._zone)
            except DATA_ERRORS as error:
                self._truths.fail([node for node, _ in same], error)
                continue
            self._truths.charge([node for node, _ in same])
            for node, leaf in same:
                self._truths.set(node, partial(meets, values, leaf.predicate))


def read_events(reader: BlockReader, event: str, leaves: Sequence[EventLeaf], people: PeopleTable) -> EventTable:
    """The events of one type that leaves ask about."""
    start, end = span(leaves)
    table = reader.events(event, ["ordinal", "at", *properties(leaves)], start, end)
    return EventTable(table, people.population, event, [leaf.where for leaf in leaves])
