"""The truth of every node of a plan on one block: leaves first, then the graph in order, each failure on its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, partial
from zoneinfo import ZoneInfo

import numpy as np

from transforms.audience import bits, roaring
from transforms.audience.behaviour import Behaviour
from transforms.audience.bits import Words
from transforms.audience.leaves.consents import Consents
from transforms.audience.leaves.errors import LeafError
from transforms.audience.leaves.occurrences import Occurrences
from transforms.audience.leaves.traits import PeopleTable
from transforms.audience.meter import Meter
from transforms.audience.plan import (
    AliveLeaf,
    BlockReader,
    ConsentLeaf,
    EnteredLeaf,
    EventLeaf,
    ListLeaf,
    Op,
    PublishedLeaf,
    SequenceLeaf,
    SitePlan,
    TraitLeaf,
)
from transforms.audience.truths import DATA_ERRORS, Truths


class Evaluation:
    """Evaluates a plan on one block.

    Memory: one bit a person for each node that is still needed, so people / 8 bytes for each leaf at most, beside the
    columns of one trait or event type.
    """

    def __init__(self, plan: SitePlan, reader: BlockReader, block: int, meter: Meter) -> None:
        self._plan, self._reader, self._block, self._meter = plan, reader, block, meter
        self._truths = Truths(plan, meter)
        self._words, self.failures = self._truths.words, self._truths.failures
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
        self._consent_leaves()
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

    def _simple_leaves(self) -> None:
        for node, leaf in enumerate(self._plan.leaves):
            match leaf:
                case TraitLeaf() | EventLeaf() | SequenceLeaf() | ConsentLeaf():
                    continue
                case AliveLeaf():
                    self._words[node] = self.alive.copy()
                case ListLeaf(file):
                    self._truths.set(node, partial(self._people.listed, self._plan.lists[file]))
                case PublishedLeaf(audience):
                    self._truths.keep(node, partial(self.published, audience))
                case EnteredLeaf(audience, start, end):
                    self._truths.keep(node, partial(self._entered, audience, start, end))
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
            except DATA_ERRORS as error:
                self._truths.fail([node for node, _ in group], error)
                continue
            self._meter.charge([node for node, _ in group])
            for node, leaf in group:
                self._truths.set(node, partial(self._people.mask, trait, leaf.predicate))
            self._people.forget(trait)

    def _event_leaves(self) -> None:
        leaves = [(node, leaf) for node, leaf in enumerate(self._plan.leaves) if isinstance(leaf, EventLeaf)]
        Behaviour(self._truths, self._reader, self._people, ZoneInfo(self._plan.zone)).evaluate(leaves)

    def _sequence_leaves(self) -> None:
        leaves = [(node, leaf) for node, leaf in enumerate(self._plan.leaves) if isinstance(leaf, SequenceLeaf)]
        if not leaves:
            return
        population = self._people.population
        occurrences = Occurrences(self._reader, [leaf for _, leaf in leaves], population, DATA_ERRORS)
        self._meter.charge([node for node, _ in leaves])
        for node, leaf in leaves:
            failed = [kind for step in leaf.steps if (kind := (step.event, step.where)) in occurrences.failures]
            if failed:
                self._truths.fail([node], occurrences.failures[failed[0]])
            else:
                self._truths.set(node, partial(occurrences.reached, leaf))

    def _consent_leaves(self) -> None:
        leaves = [(node, leaf) for node, leaf in enumerate(self._plan.leaves) if isinstance(leaf, ConsentLeaf)]
        if not leaves:
            return
        try:
            consents = Consents.read(self._reader, self._people.population)
        except DATA_ERRORS as error:
            self._truths.fail([node for node, _ in leaves], error)
            return
        self._meter.charge([node for node, _ in leaves])
        for node, leaf in leaves:
            self._truths.set(node, partial(consents.granted, leaf))


def people_columns(plan: SitePlan) -> list[str]:
    """The columns of ``people`` that a plan reads."""
    traits = {leaf.trait for leaf in plan.leaves if isinstance(leaf, TraitLeaf)}
    return ["ordinal", "alive", *(["person_id"] if plan.lists else []), *sorted(traits)]
