"""The truth of every node of a plan on one block: leaves first, then the graph in order, each failure on its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, partial
from zoneinfo import ZoneInfo

import numpy as np

from transforms.audience import bits, roaring
from transforms.audience.bits import Mask, Words
from transforms.audience.leaves.errors import LeafError
from transforms.audience.leaves.events import EventTable, properties, span
from transforms.audience.leaves.measures import Matches, measure, reached
from transforms.audience.leaves.occurrences import Occurrences
from transforms.audience.leaves.predicates import meets
from transforms.audience.leaves.traits import PeopleTable
from transforms.audience.meter import Meter
from transforms.audience.plan import (
    AliveLeaf,
    BlockReader,
    EnteredLeaf,
    EventLeaf,
    ListLeaf,
    Measured,
    Op,
    PublishedLeaf,
    SequenceLeaf,
    SitePlan,
    TraitLeaf,
)

# What bad data can raise in Arrow and numpy; faults of the machine fail the task instead, and Spark repeats it.
_DATA_ERRORS = (LeafError, ArithmeticError, LookupError, TypeError, ValueError)

EventGroup = Sequence[tuple[int, EventLeaf]]


class Evaluation:
    """Evaluates a plan on one block.

    Memory: one bit a person for each node that is still needed, so people / 8 bytes for each leaf at most, beside the
    columns of one trait or event type.
    """

    def __init__(self, plan: SitePlan, reader: BlockReader, block: int, meter: Meter) -> None:
        self.failures: dict[int, str] = {}
        self._plan, self._reader, self._block, self._meter = plan, reader, block, meter
        self._zone = ZoneInfo(plan.zone)
        self._words: dict[int, Words] = {}
        self._people = PeopleTable(reader.people(people_columns(plan)), block)
        self._n_words = bits.n_words(self._people.population.n)
        meter.charge_all()

    @cached_property
    def alive(self) -> Words:
        """Who is in the universe."""
        return bits.pack(self._people.population.alive)

    @property
    def n_people(self) -> int:
        """People who are alive."""
        return int(self._people.population.alive.sum())

    def nodes(self) -> Iterator[tuple[int, Words | None]]:
        """Every node in order with its truth, None where it failed; words are freed after their last use."""
        self._simple_leaves()
        self._trait_leaves()
        self._event_leaves()
        self._sequence_leaves()
        last_use = self._last_use()
        for leaf in range(len(self._plan.leaves)):
            yield leaf, self._words.get(leaf)
            self._free([leaf], leaf, last_use)
        for node, op, n, arguments in self._plan.inner_nodes():
            self._combine(node, op, n, arguments)
            self._meter.charge([node])
            yield node, self._words.get(node)
            self._free([*arguments, node], node, last_use)

    def _free(self, nodes: Iterable[int], now: int, last_use: Sequence[int]) -> None:
        for node in nodes:
            if last_use[node] <= now:
                self._words.pop(node, None)

    def published(self, audience: str) -> Words:
        """The published members of the block, as many words as the block's people need.

        Raises:
            LeafError: They cannot be understood.
        """
        data = self._reader.members(audience)
        return self._joined([] if data is None else [data])

    def _entered(self, audience: str, start: int | None, end: int) -> Words:
        return self._joined(self._reader.entered(audience, start, end))

    def _joined(self, bitmaps: Iterable[bytes]) -> Words:
        """Everyone who is in one of several Roaring bitmaps of the block."""
        words = np.zeros(self._n_words, dtype=np.uint64)
        try:
            for data in bitmaps:
                words |= bits.fit(roaring.decode(data, self._block), self._n_words)
        except ValueError as error:
            raise LeafError(str(error)) from None
        return words

    def _last_use(self) -> list[int]:
        n_leaves, n_ops = len(self._plan.leaves), len(self._plan.ops)
        last = np.full(n_leaves + n_ops, -1, dtype=np.int64)
        users = np.repeat(np.arange(n_leaves, n_leaves + n_ops), np.diff(self._plan.starts))
        np.maximum.at(last, self._plan.arguments, users)
        result: list[int] = last.tolist()
        return result

    def _combine(self, node: int, op: Op, n: int, arguments: Sequence[int]) -> None:
        broken = next((argument for argument in arguments if argument in self.failures), None)
        if broken is None:
            self._words[node] = bits.combine(op, [self._words[argument] for argument in arguments], n)
        else:
            self.failures[node] = self.failures[broken]

    def _set(self, node: int, truth: Callable[[], Mask]) -> None:
        """Keep the truth of a leaf, or why it has none, and charge it."""
        self._keep(node, lambda: bits.pack(truth()))

    def _keep(self, node: int, truth: Callable[[], Words]) -> None:
        try:
            self._words[node] = truth()
        except _DATA_ERRORS as error:
            self.failures[node] = self._reason(node, error)
        self._meter.charge([node])

    def _fail(self, nodes: Iterable[int], error: Exception) -> None:
        self.failures |= {node: self._reason(node, error) for node in nodes}

    def _reason(self, node: int, error: Exception) -> str:
        # The text of a foreign error may quote a person's value.
        text = (
            str(error) if isinstance(error, LeafError) else f"its values cannot be evaluated ({type(error).__name__})"
        )
        return f"{_name(self._plan, node)}: {text}"

    def _simple_leaves(self) -> None:
        for node, leaf in enumerate(self._plan.leaves):
            match leaf:
                case TraitLeaf() | EventLeaf() | SequenceLeaf():
                    continue
                case AliveLeaf():
                    self._words[node] = self.alive.copy()
                case ListLeaf(file):
                    self._set(node, partial(self._people.listed, self._plan.lists[file]))
                case PublishedLeaf(audience):
                    self._keep(node, partial(self.published, audience))
                case EnteredLeaf(audience, start, end):
                    self._keep(node, partial(self._entered, audience, start, end))
                case _:
                    self._words[node] = np.zeros(self._n_words, dtype=np.uint64)

    def _trait_leaves(self) -> None:
        by_trait: dict[str, list[tuple[int, TraitLeaf]]] = defaultdict(list)
        for node, leaf in enumerate(self._plan.leaves):
            if isinstance(leaf, TraitLeaf):
                by_trait[leaf.trait].append((node, leaf))
        for trait, group in sorted(by_trait.items()):
            try:
                self._people.column(trait)
            except _DATA_ERRORS as error:
                self._fail([node for node, _ in group], error)
                continue
            self._meter.charge([node for node, _ in group])
            for node, leaf in group:
                self._set(node, partial(self._people.mask, trait, leaf.predicate))
            self._people.forget(trait)

    def _event_leaves(self) -> None:
        by_type: dict[str, list[tuple[int, EventLeaf]]] = defaultdict(list)
        for node, leaf in enumerate(self._plan.leaves):
            if isinstance(leaf, EventLeaf):
                by_type[leaf.event].append((node, leaf))
        for event, leaves in sorted(by_type.items()):
            try:
                table = read_events(self._reader, event, [leaf for _, leaf in leaves], self._people)
            except _DATA_ERRORS as error:
                self._fail([node for node, _ in leaves], error)
                continue
            self._meter.charge([node for node, _ in leaves])
            groups: dict[object, list[tuple[int, EventLeaf]]] = defaultdict(list)
            for node, leaf in leaves:
                of = leaf.measured.of and (leaf.measured.of, leaf.measured.scale, leaf.measured.kind in ("sum", "avg"))
                groups[leaf.where, of].append((node, leaf))
            for group in groups.values():
                self._event_group(table, group)

    def _sequence_leaves(self) -> None:
        leaves = [(node, leaf) for node, leaf in enumerate(self._plan.leaves) if isinstance(leaf, SequenceLeaf)]
        if not leaves:
            return
        population = self._people.population
        occurrences = Occurrences(self._reader, [leaf for _, leaf in leaves], population, _DATA_ERRORS)
        self._meter.charge([node for node, _ in leaves])
        for node, leaf in leaves:
            failed = [kind for step in leaf.steps if (kind := (step.event, step.where)) in occurrences.failures]
            if failed:
                self._fail([node], occurrences.failures[failed[0]])
            else:
                self._set(node, partial(occurrences.reached, leaf))

    def _event_group(self, table: EventTable, group: EventGroup) -> None:
        """Leaves over the same events, whatever their windows and thresholds."""
        try:
            matches = table.matches(group[0][1])
        except _DATA_ERRORS as error:
            self._fail([node for node, _ in group], error)
            return
        self._meter.charge([node for node, _ in group])
        windows: dict[tuple[int | None, int], list[tuple[int, EventLeaf]]] = defaultdict(list)
        for node, leaf in group:
            windows[leaf.start, leaf.end].append((node, leaf))
        for (start, end), same in windows.items():
            self._event_window(matches.within(start, end), same)

    def _event_window(self, matches: Matches, group: EventGroup) -> None:
        """Leaves over the same events of the same window."""
        population = self._people.population
        by_measure: dict[Measured, list[tuple[int, EventLeaf]]] = defaultdict(list)
        for node, leaf in group:
            if leaf.is_existence:
                self._set(node, partial(reached, matches, population.n))
            else:
                by_measure[leaf.measured].append((node, leaf))
        for measured, same in by_measure.items():
            try:
                values = measure(measured, matches, population.alive, self._zone)
            except _DATA_ERRORS as error:
                self._fail([node for node, _ in same], error)
                continue
            self._meter.charge([node for node, _ in same])
            for node, leaf in same:
                self._set(node, partial(meets, values, leaf.predicate))


def people_columns(plan: SitePlan) -> list[str]:
    """The columns of ``people`` that a plan reads."""
    traits = {leaf.trait for leaf in plan.leaves if isinstance(leaf, TraitLeaf)}
    return ["ordinal", "alive", *(["person_id"] if plan.lists else []), *sorted(traits)]


def read_events(reader: BlockReader, event: str, leaves: Sequence[EventLeaf], people: PeopleTable) -> EventTable:
    """The events of one type that leaves ask about."""
    start, end = span(leaves)
    table = reader.events(event, ["ordinal", "at", *properties(leaves)], start, end)
    return EventTable(table, people.population, event, [leaf.where for leaf in leaves])


def _name(plan: SitePlan, node: int) -> str:
    match plan.leaves[node]:
        case TraitLeaf(trait):
            return f"the trait `{trait}`"
        case EventLeaf(event, measured=Measured(kind, None)):
            return f"the {kind} of `{event}`"
        case EventLeaf(event, measured=Measured(kind, of)):
            return f"the {kind} of `{of}` over `{event}`"
        case SequenceLeaf(steps):
            return f"the sequence of {', '.join(f'`{step.event}`' for step in steps)}"
        case PublishedLeaf(audience):
            return f"the published members of `{audience}`"
        case EnteredLeaf(audience):
            return f"the history of `{audience}`"
        case ListLeaf():
            return "the list"
    return "the universe"
