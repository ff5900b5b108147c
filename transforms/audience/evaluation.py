"""The truth of every node of a plan on one block: leaves first, then the graph in order, each failure on its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from zoneinfo import ZoneInfo

import numpy as np

from plateia.records import FreshTotals
from transforms.audience import bits, roaring
from transforms.audience.atoms import (
    AliveLeaf,
    ChangedLeaf,
    ConsentLeaf,
    EnteredLeaf,
    EventLeaf,
    Leaf,
    ListLeaf,
    PartLeaf,
    PublishedLeaf,
    RelatedLeaf,
    ScoreLeaf,
    Selection,
    SequenceLeaf,
    TraitLeaf,
    TraitRank,
)
from transforms.audience.behaviour import Behaviour
from transforms.audience.bits import Mask, Words
from transforms.audience.choosing import Bounds, Chooser
from transforms.audience.leaves.consents import Consents
from transforms.audience.leaves.errors import LeafError
from transforms.audience.leaves.occurrences import Occurrences
from transforms.audience.leaves.parts import in_part
from transforms.audience.leaves.scores import DecodedScores
from transforms.audience.leaves.traits import PeopleTable
from transforms.audience.limits import LIMITS, Limits
from transforms.audience.meter import Meter
from transforms.audience.partials.answers import DailyTotals
from transforms.audience.partials.store import TotalsStore
from transforms.audience.plan import BlockReader, Op, SitePlan
from transforms.audience.related import Related
from transforms.audience.tiles import Tile, tiles
from transforms.audience.truths import DATA_ERRORS, Truths

_NEVER = 1 << 62


class Evaluation:
    """Evaluates a plan on one block.

    Memory: one bit a person for each node that is still needed, so people / 8 bytes for each leaf of a tile at most
    (``Limits.leaf_bytes``), beside the columns of people and a slice of one event type.
    """

    def __init__(
        self,
        plan: SitePlan,
        reader: BlockReader,
        block: int,
        meter: Meter,
        bounds: Mapping[int, Bounds | str] | None = None,
        limits: Limits = LIMITS,
        store: TotalsStore | None = None,
    ) -> None:
        """``bounds``: whom each node ``CHOSEN`` takes, or why that cannot be said."""
        self._limits, self._bounds = limits, bounds or {}
        self._plan, self._reader, self._block, self._meter = plan, reader, block, meter
        self._truths = Truths(plan, meter)
        self._words, self.failures = self._truths.words, self._truths.failures
        self._people = PeopleTable(reader.people(people_columns(plan)), block)
        self._n_words = bits.n_words(self.n_places)
        self._zone, base = ZoneInfo(plan.zone), self._people.population.base
        self._totals = None if store is None else DailyTotals(store, reader, base, self._zone, limits, self._truths)
        meter.charge_all()

    @cached_property
    def alive(self) -> Words:
        """Who is in the universe."""
        return bits.pack(self._people.population.alive)

    @property
    def n_places(self) -> int:
        """The places of the block, retired people's among them."""
        return self._people.population.n

    @cached_property
    def chooser(self) -> Chooser:
        """Ranks the people of the block."""
        return Chooser(self._reader, self._people, self._zone, self._block)

    @property
    def n_people(self) -> int:
        """People who are alive."""
        return int(self._people.population.alive.sum())

    @property
    def fresh_totals(self) -> list[FreshTotals]:
        """Daily totals that were not kept yet, of what has been evaluated so far."""
        return [] if self._totals is None else self._totals.fresh

    def nodes(self) -> Iterator[tuple[int, Words | None]]:
        """Every node after those it is made of, with its truth, None where it failed; an output once, others again.

        Words are freed after their last use.
        """
        inner = list(self._plan.inner_nodes())
        bytes_a_leaf = max(self._n_words * 8, 1)
        for tile in tiles(self._plan, most_leaves=self._limits.leaf_bytes // bytes_a_leaf):
            yield from self._tile(tile, [inner[node - len(self._plan.leaves)] for node in tile.nodes])

    def _tile(self, tile: Tile, inner: Sequence[tuple[int, Op, int, list[int]]]) -> Iterator[tuple[int, Words | None]]:
        self._leaves(tile.leaves)
        last_use = {argument: node for node, _, _, arguments in inner for argument in arguments}
        last_use |= dict.fromkeys(tile.kept, _NEVER)
        for leaf in tile.leaves:
            yield leaf, self._words.get(leaf)
            self._free([leaf], leaf, last_use)
        for node, op, n, arguments in inner:
            self._combine(node, op, n, arguments)
            self._meter.charge([node])
            yield node, self._words.get(node)
            self._free([*arguments, node], node, last_use)
        for node in self._words.keys() - set(tile.kept):
            del self._words[node]

    def _leaves(self, nodes: Sequence[int]) -> None:
        leaves = [(node, self._plan.leaves[node]) for node in nodes]
        self._simple_leaves(leaves)
        self._trait_leaves([(node, leaf) for node, leaf in leaves if isinstance(leaf, TraitLeaf)])
        self._event_leaves([(node, leaf) for node, leaf in leaves if isinstance(leaf, EventLeaf)])
        self._sequence_leaves([(node, leaf) for node, leaf in leaves if isinstance(leaf, SequenceLeaf)])
        self._consent_leaves([(node, leaf) for node, leaf in leaves if isinstance(leaf, ConsentLeaf)])
        self._related_leaves([(node, leaf) for node, leaf in leaves if isinstance(leaf, RelatedLeaf)])

    def _free(self, nodes: Iterable[int], now: int, last_use: Mapping[int, int]) -> None:
        for node in nodes:
            if last_use.get(node, -1) <= now:
                self._words.pop(node, None)

    def published(self, audience: str) -> Words:
        """The published members of the block, as many words as the block's people need.

        Raises:
            LeafError: They cannot be understood.
        """
        data = self._reader.members(audience)
        return self._joined([] if data is None else [data])

    def _entered(self, leaf: EnteredLeaf) -> Words:
        inside = (change for change in self._reader.changes(leaf.audience) if change.as_of <= leaf.end)
        return self._joined(change.entered for change in inside if leaf.start is None or leaf.start <= change.as_of)

    def _changed(self, leaf: ChangedLeaf) -> Words:
        """Replays the history: the last change of each person counts, whatever instants the runs looked back from."""
        words = np.zeros(self._n_words, dtype=np.uint64)
        for change in self._reader.changes(leaf.audience):
            entered, left = self._joined([change.entered]), self._joined([change.left])
            words &= ~(entered | left)
            if change.as_of > leaf.after:
                words |= entered if leaf.word == "entered" else left
        return words

    def _score(self, leaf: ScoreLeaf) -> Mask:
        scores = DecodedScores.of(self._reader.scores(leaf.score), self.n_places, self._block)
        return scores.best(leaf.deciles or 0) if leaf.predicate is None else scores.meets(leaf.predicate)

    def _joined(self, bitmaps: Iterable[bytes]) -> Words:
        """Everyone who is in one of several Roaring bitmaps of the block."""
        words = np.zeros(self._n_words, dtype=np.uint64)
        try:
            for data in bitmaps:
                words |= bits.fit(roaring.decode(data, self._block), self._n_words)
        except ValueError as error:
            raise LeafError(str(error)) from None
        return words

    def _combine(self, node: int, op: Op, n: int, arguments: Sequence[int]) -> None:
        is_sound = not self.failures
        broken = None if is_sound else next((argument for argument in arguments if argument in self.failures), None)
        if broken is not None:
            self.failures[node] = self.failures[broken]
        elif op is Op.CHOSEN:
            self._truths.set(node, partial(self._chosen, node, self._plan.selections[n], self._words[arguments[0]]))
        else:
            self._words[node] = bits.combine(op, [self._words[argument] for argument in arguments], n)

    def _chosen(self, node: int, selection: Selection, population: Words) -> Mask:
        bounds = self._bounds.get(node, "the selection has not been decided")
        if isinstance(bounds, str):
            raise LeafError(bounds)
        return self.chooser.taken(selection.ranking, bits.unpack(population, self.n_places), bounds)

    def _simple_leaves(self, leaves: Iterable[tuple[int, Leaf]]) -> None:
        for node, leaf in leaves:
            match leaf:
                case TraitLeaf() | EventLeaf() | SequenceLeaf() | ConsentLeaf() | RelatedLeaf():
                    continue
                case AliveLeaf():
                    self._words[node] = self.alive.copy()
                case ListLeaf(file):
                    self._truths.set(node, partial(self._people.listed, self._plan.lists[file]))
                case PublishedLeaf(audience):
                    self._truths.keep(node, partial(self.published, audience))
                case EnteredLeaf():
                    self._truths.keep(node, partial(self._entered, leaf))
                case ChangedLeaf():
                    self._truths.keep(node, partial(self._changed, leaf))
                case ScoreLeaf():
                    self._truths.set(node, partial(self._score, leaf))
                case PartLeaf():
                    self._truths.set(node, partial(in_part, leaf, self._people))
                case _:
                    self._words[node] = np.zeros(self._n_words, dtype=np.uint64)

    def _trait_leaves(self, leaves: Iterable[tuple[int, TraitLeaf]]) -> None:
        by_trait: dict[str, list[tuple[int, TraitLeaf]]] = defaultdict(list)
        for node, leaf in leaves:
            by_trait[leaf.trait].append((node, leaf))
        for trait, group in sorted(by_trait.items()):
            try:
                self._people.prepare(trait, n_masks=len(group))
            except DATA_ERRORS as error:
                self._truths.fail([node for node, _ in group], error)
                continue
            self._meter.charge([node for node, _ in group])
            for node, leaf in group:
                self._truths.set(node, partial(self._people.mask, trait, leaf.predicate))
            self._people.forget(trait)

    def _event_leaves(self, leaves: Sequence[tuple[int, EventLeaf]]) -> None:
        behaviour = Behaviour(self._truths, self._reader, self._people, self._zone, self._limits, self._totals)
        behaviour.evaluate(leaves)

    def _sequence_leaves(self, leaves: Sequence[tuple[int, SequenceLeaf]]) -> None:
        if not leaves:
            return
        population = self._people.population
        occurrences = Occurrences(
            self._reader,
            [leaf for _, leaf in leaves],
            population,
            DATA_ERRORS,
            zone=self._zone,
            most_rows=self._limits.event_rows,
        )
        self._meter.charge([node for node, _ in leaves])
        for node, leaf in leaves:
            failed = [kind for step in leaf.steps if (kind := (step.event, step.where)) in occurrences.failures]
            if failed:
                self._truths.fail([node], occurrences.failures[failed[0]])
            else:
                self._truths.set(node, partial(occurrences.reached, leaf))

    def _consent_leaves(self, leaves: Sequence[tuple[int, ConsentLeaf]]) -> None:
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

    def _related_leaves(self, leaves: Sequence[tuple[int, RelatedLeaf]]) -> None:
        if leaves:
            Related(self._truths, self._reader, self._people, self._zone).evaluate(leaves)


def people_columns(plan: SitePlan) -> list[str]:
    """The columns of ``people`` that a plan reads."""
    rankings = [selection.ranking for selection in plan.selections]
    traits = {leaf.trait for leaf in plan.leaves if isinstance(leaf, TraitLeaf)}
    traits |= {ranking.rank.trait for ranking in rankings if isinstance(ranking.rank, TraitRank)}
    traits |= {trait for ranking in rankings for trait in ranking.per}
    names_people = plan.lists or rankings or any(isinstance(leaf, PartLeaf) for leaf in plan.leaves)
    return ["ordinal", "alive", *(["person_id"] if names_people else []), *sorted(traits)]
