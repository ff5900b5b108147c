"""Related leaves of a block: relations followed hop by hop, each hop once for all leaves that take it alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from transforms.audience import bits
from transforms.audience.atoms import Measured, RelatedLeaf, Where
from transforms.audience.bits import Words
from transforms.audience.leaves.columns import Column, Mask, Places
from transforms.audience.leaves.errors import LeafError
from transforms.audience.leaves.events import property_tests
from transforms.audience.leaves.measures import Events, Matches, keys_at, measure
from transforms.audience.leaves.predicates import meets
from transforms.audience.leaves.relations import Arrival, Standing, TooManyError
from transforms.audience.leaves.traits import PeopleTable, integers
from transforms.audience.plan import BlockReader
from transforms.audience.truths import DATA_ERRORS, Truths

RelatedGroup = Sequence[tuple[int, RelatedLeaf]]
_NOBODY = np.empty(0, dtype=np.int64)


@dataclass
class Part:
    """Some of the block's places, [``first``, ``end``), and the leaves whose people reach too many rows together."""

    first: int
    end: int
    too_many: list[tuple[int, RelatedLeaf]] = field(default_factory=list)

    def mask(self, truth: Mask) -> Mask:
        """The truth of the part's people; nobody else."""
        mine = np.zeros_like(truth)
        mine[self.first : self.end] = truth[self.first : self.end]
        return mine


class Related:
    """Evaluates the related leaves of a plan on one block.

    Memory: the needed columns of the block's own rows of a relation, the rows of further ones that its people reach,
    and ``most_pairs`` pairs of a person and a row, about 40 bytes each while they are joined; where people reach more,
    they are taken in halves, down to ``least_people`` places.
    """

    most_pairs = 1 << 23
    least_people = 1 << 12

    def __init__(self, truths: Truths, reader: BlockReader, people: PeopleTable, zone: ZoneInfo) -> None:
        self._truths, self._reader, self._people, self._zone = truths, reader, people, zone
        self._columns: Mapping[str, list[str]] = {}
        self._words: dict[int, Words] = {}
        self._own: dict[str, tuple[pa.Table, Places]] = {}

    def evaluate(self, leaves: RelatedGroup) -> None:
        """Set the truth of every leaf."""
        n_people = self._people.population.n
        self._columns = columns_of(leaf for _, leaf in leaves)
        self._words = {node: np.zeros(bits.n_words(n_people), dtype=np.uint64) for node, _ in leaves}
        waiting: list[tuple[Part, RelatedGroup]] = [(Part(0, n_people), leaves)]
        while waiting:
            part, group = waiting.pop()
            self._follow(part, [each for each in group if each[0] in self._words], 0, None)
            if part.too_many:
                waiting += self._halves(part)
        for node, words in self._words.items():
            self._truths.keep(node, words.copy)

    def _halves(self, part: Part) -> list[tuple[Part, RelatedGroup]]:
        size = part.end - part.first
        if size <= self.least_people:
            said = f"{size:,} of its people reach more than {self.most_pairs:,} rows: filter the hops before"
            self._fail(part.too_many, LeafError(said))
            return []
        middle = part.first + size // 2
        return [(Part(*bounds), part.too_many) for bounds in ((part.first, middle), (middle, part.end))]

    def _fail(self, group: RelatedGroup, error: Exception) -> None:
        nodes = [node for node, _ in group]
        self._truths.fail(nodes, error)
        for node in nodes:
            self._words.pop(node, None)

    def _follow(self, part: Part, leaves: RelatedGroup, depth: int, standing: Standing | None) -> None:
        """Take the hop at a depth from where the part's people stand; None: from themselves."""
        by_relation: dict[str, list[tuple[int, RelatedLeaf]]] = defaultdict(list)
        for node, leaf in leaves:
            by_relation[leaf.hops[depth].relation].append((node, leaf))
        for relation, group in sorted(by_relation.items()):
            try:
                arrival = self._arrive(part, relation, standing)
            except DATA_ERRORS as error:
                self._fail(group, error)
                continue
            by_where: dict[Where | None, list[tuple[int, RelatedLeaf]]] = defaultdict(list)
            for node, leaf in group:
                by_where[leaf.hops[depth].where].append((node, leaf))
            for where, same in by_where.items():
                self._through(part, arrival, where, same, depth)

    def _arrive(self, part: Part, relation: str, standing: Standing | None) -> Arrival:
        if standing is not None:
            columns = ["from_key", *self._columns[relation]]
            return Arrival.further(self._read(relation, columns, standing.keys), relation, standing)
        if relation not in self._own:
            table = self._read(relation, ["ordinal", *self._columns[relation]], None)
            self._own[relation] = table, integers(table, "ordinal") - self._people.population.base
        table, places = self._own[relation]
        inside = (places >= part.first) & (places < part.end)
        if not inside.all():
            table, places = table.filter(pa.array(inside)), places[inside]
        return Arrival.first(table, relation, places)

    def _read(self, relation: str, columns: Sequence[str], keys: pa.Array | None) -> pa.Table:
        table = self._reader.relation(relation, columns, keys)
        if table is None:
            raise LeafError(f"the warehouse has no relation `{relation}` yet: run refresh-warehouse")
        return table

    def _through(self, part: Part, arrival: Arrival, where: Where | None, group: RelatedGroup, depth: int) -> None:
        """Leaves that go through the same rows: some end here, the others go on."""
        ending = [(node, leaf) for node, leaf in group if len(leaf.hops) == depth + 1]
        further = [(node, leaf) for node, leaf in group if len(leaf.hops) > depth + 1]
        try:
            mask = arrival.rows.mask(where)
        except DATA_ERRORS as error:
            self._fail(group, error)
            return
        self._end(part, arrival, mask, ending)
        if further:
            try:
                standing = arrival.onwards(mask, most=self.most_pairs)
            except TooManyError:
                part.too_many += further
                return
            except DATA_ERRORS as error:
                self._fail(further, error)
                return
            self._truths.charge([node for node, _ in group])
            self._follow(part, further, depth + 1, standing)

    def _end(self, part: Part, arrival: Arrival, mask: Mask, leaves: RelatedGroup) -> None:
        """Leaves over the same last rows."""
        by_measure: dict[Measured, list[tuple[int, RelatedLeaf]]] = defaultdict(list)
        for node, leaf in leaves:
            if leaf.every is None and not leaf.is_existence:
                by_measure[leaf.measured].append((node, leaf))
                continue
            try:
                self._keep(part, node, self._reached(arrival, mask, leaf.every))
            except DATA_ERRORS as error:
                self._fail([(node, leaf)], error)
        try:
            places, rows = arrival.pairs(mask, most=self.most_pairs) if by_measure else (_NOBODY, _NOBODY)
        except TooManyError:
            part.too_many += [each for group in by_measure.values() for each in group]
            return
        for measured, group in by_measure.items():
            try:
                values = self._measured(arrival, places, rows, measured)
                for node, leaf in group:
                    self._keep(part, node, meets(values, leaf.predicate))
            except DATA_ERRORS as error:
                self._fail(group, error)

    def _reached(self, arrival: Arrival, mask: Mask, every: Where | None) -> Mask:
        """Who reaches a row, and, where ``every`` asks, none that does not match it."""
        n_people = self._people.population.n
        some = arrival.reached(mask, n_people)
        return some if every is None else some & ~arrival.reached(mask & ~arrival.rows.mask(every), n_people)

    def _measured(self, arrival: Arrival, places: Places, rows: Places, measured: Measured) -> Column:
        added = arrival.rows.addends(measured) if measured.kind in ("sum", "avg") else None
        keys = arrival.rows.keys(measured) if measured.kind in ("min", "max", "distinct") else None
        valid = added.valid if added is not None else keys.valid if keys is not None else None
        if valid is not None:
            places, rows = places[valid[rows]], rows[valid[rows]]
        added = None if added is None else added.at(rows)
        keys = None if keys is None else keys_at(keys, rows)
        matches = Matches(Events(places, rows, is_sorted=False, added=added, keys=keys))
        return measure(measured, matches, self._people.population.alive, self._zone)

    def _keep(self, part: Part, node: int, truth: Mask) -> None:
        self._words[node] |= bits.pack(part.mask(truth))
        self._truths.charge([node])


def columns_of(leaves: Iterable[RelatedLeaf]) -> dict[str, list[str]]:
    """The columns that leaves read of each relation, beside where its rows start."""
    found: dict[str, set[str]] = defaultdict(set)
    for leaf in leaves:
        last = len(leaf.hops) - 1
        for position, hop in enumerate(leaf.hops):
            wheres = [hop.where, *([leaf.every] if position == last else [])]
            found[hop.relation] |= {test.property for test in property_tests(wheres)}
            if position < last:
                found[hop.relation].add("to_key")
            elif leaf.measured.of is not None:
                found[hop.relation].add(leaf.measured.of)
    return {relation: sorted(columns) for relation, columns in found.items()}
