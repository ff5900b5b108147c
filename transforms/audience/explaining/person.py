"""A block that holds one person alone, at place 0: what the kernel reads when it is asked why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from plateia.records import BlockScores, Change, Volume
from plateia.tables import BLOCK_BITS, INSTANT
from transforms.audience import bits, roaring
from transforms.audience.atoms import Leaf
from transforms.audience.choosing import Bounds
from transforms.audience.evaluation import Evaluation
from transforms.audience.leaves.errors import LeafError
from transforms.audience.leaves.traits import PeopleTable
from transforms.audience.meter import Meter
from transforms.audience.plan import BlockReader, SitePlan

Truth = bool | None
_SCORE_BYTES = 4  # float32
_ALONE, _NOBODY = (roaring.encode(np.array(words, dtype=np.uint64), 0) for words in ([1], []))


class PersonReader:
    """Reads a block for one person. No event at or after ``as_of`` is handed out, for whatever instant a plan is.

    The person is ordinal 0 of block 0. What is read once is kept, as far as it is this person's.
    """

    def __init__(self, reader: BlockReader, ordinal: int, *, as_of: int) -> None:
        self._reader, self._ordinal, self._as_of = reader, ordinal, as_of
        self._tables: dict[str, tuple[frozenset[str], pa.Table]] = {}
        self._members: dict[str, bool] = {}
        self._changes: dict[str, tuple[Change, ...]] = {}
        self._is_later = False  # whether plans are of later instants, which would see runs of a later as_of, too

    def people(self, columns: Sequence[str]) -> pa.Table:
        """The person's row."""
        return self._held("", columns)

    def events(self, event: str, columns: Sequence[str], start: int | None, end: int) -> pa.Table:  # noqa: ARG002
        """All events of the person before ``as_of``: the kernel itself sees to windows."""
        return self._held(event, columns)

    def volumes(self, event: str) -> Sequence[Volume]:  # noqa: ARG002
        """Nothing is known of where the events are: they are few, and read at once."""
        return ()

    def members(self, audience: str) -> bytes | None:
        """Whether the person is a published member, as Roaring bytes."""
        if audience not in self._members:
            data = self._reader.members(audience)
            self._members[audience] = data is not None and self._is_in(data)
        return _ALONE if self._members[audience] else None

    def consents(self) -> pa.Table | None:
        """The person's words of consent before ``as_of``."""
        table = self._reader.consents()
        return None if table is None else self._mine(table, is_timed=True)

    def relation(self, relation: str, columns: Sequence[str], keys: pa.Array | None) -> pa.Table | None:
        """The person's rows of a relation, or anybody's with some keys."""
        if keys is not None:
            return self._reader.relation(relation, columns, keys)
        table = self._reader.relation(relation, list(dict.fromkeys(["ordinal", *columns])), None)
        return (
            None
            if table is None
            else self._mine(table, is_timed=False).select([name for name in columns if name in table.column_names])
        )

    def changes(self, audience: str) -> tuple[Change, ...]:
        """By which published runs the person entered or left an audience, in the order of publication.

        Raises:
            LeafError: The history cannot be understood.
        """
        if audience not in self._changes:
            self._changes[audience] = tuple(
                Change(change.as_of, _ALONE if entered else _NOBODY, _ALONE if left else _NOBODY)
                for change in self._reader.changes(audience)
                if not (self._is_later and change.as_of > self._as_of)
                and any((entered := self._is_in(change.entered), left := self._is_in(change.left)))
            )
        return self._changes[audience]

    def entries(self, audience: str) -> list[int]:
        """The as_of, no later than this one, of the runs by which the person entered an audience, ascending.

        Raises:
            LeafError: The history cannot be understood.
        """
        changes = self.changes(audience)
        return sorted(change.as_of for change in changes if change.entered == _ALONE and change.as_of <= self._as_of)

    def scores(self, score: str) -> BlockScores | None:
        """The person's own score.

        Raises:
            LeafError: The scores cannot be understood.
        """
        found, place = self._reader.scores(score), self._place
        if found is None or place >= len(found.deciles):
            return None
        words = self._decoded(found.kept)
        if not _bit(words, place):
            return replace(found, deciles=found.deciles[place : place + 1], kept=_NOBODY, values=b"")
        rank = int(bits.unpack(words, place).sum()) if place else 0
        return replace(
            found,
            deciles=found.deciles[place : place + 1],
            kept=_ALONE,
            values=found.values[rank * _SCORE_BYTES : (rank + 1) * _SCORE_BYTES],
        )

    def published(self, members: Mapping[str, bool]) -> PersonReader:
        """The same once a run has published, as of ``as_of``, whether the person is a member of some audiences."""
        later = PersonReader(self._reader, self._ordinal, as_of=self._as_of)
        later._tables, later._is_later = self._tables, True
        later._members = {**self._members, **members}
        for audience, is_member in members.items():
            was = self.members(audience) is not None
            known = tuple(change for change in self.changes(audience) if change.as_of <= self._as_of)
            if is_member != was:
                known += (Change(self._as_of, *((_ALONE, _NOBODY) if is_member else (_NOBODY, _ALONE))),)
            later._changes[audience] = known
        return later

    def _held(self, event: str, columns: Sequence[str]) -> pa.Table:
        asked, table = self._tables.get(event, (frozenset(), None))
        if table is None or not asked.issuperset(columns):
            asked |= {*columns, *(["at"] if event else ["alive"]), "ordinal"}
            table = self._read(event, sorted(asked))
            self._tables[event] = asked, table
        return table.select([name for name in columns if name in table.column_names])

    def _read(self, event: str, columns: Sequence[str]) -> pa.Table:
        table = self._reader.events(event, columns, None, self._as_of) if event else self._reader.people(columns)
        return self._mine(table, is_timed=bool(event)) if "ordinal" in table.column_names else table

    def _mine(self, table: pa.Table, *, is_timed: bool) -> pa.Table:
        """The person's rows, as those of ordinal 0; of what happened, only what came before ``as_of``."""
        mine = pc.equal(table["ordinal"], pa.scalar(self._ordinal, table["ordinal"].type))
        if is_timed:
            mine = pc.and_(mine, pc.less(table["at"].cast(INSTANT).cast(pa.int64()), self._as_of))
        rows = table.filter(mine).unify_dictionaries()
        zeros = pa.chunked_array([pa.array(np.zeros(rows.num_rows, dtype=np.int32))])
        return rows.set_column(rows.column_names.index("ordinal"), "ordinal", zeros)

    @property
    def _place(self) -> int:
        return self._ordinal & ((1 << BLOCK_BITS) - 1)

    def _is_in(self, data: bytes) -> bool:
        return _bit(self._decoded(data), self._place)

    def _decoded(self, data: bytes) -> bits.Words:
        try:
            return roaring.decode(data, self._ordinal >> BLOCK_BITS)
        except ValueError as error:
            raise LeafError(str(error)) from None


def node_truths(
    plan: SitePlan, reader: PersonReader, bounds: Mapping[int, Bounds | str] | None = None
) -> dict[int, Truth]:
    """The truth of every node of a plan for the person; None where it cannot be evaluated."""
    evaluation = Evaluation(plan, reader, 0, Meter(plan), bounds)
    return {node: None if words is None else _bit(words, 0) for node, words in evaluation.nodes()}


def leaf_truths(leaves: Sequence[Leaf], plan: SitePlan, reader: PersonReader) -> dict[Leaf, Truth]:
    """The truth of leaves that may be of many instants, in one pass; ``plan`` says of which site."""
    distinct = tuple(dict.fromkeys(leaves))
    none = np.empty(0, dtype=np.int32)
    alone = replace(
        plan,
        keys=(),
        outputs=(),
        leaves=distinct,
        ops=np.empty(0, dtype=np.uint8),
        counts=none,
        starts=np.zeros(1, dtype=np.int32),
        arguments=none,
        leaf_counts=(),
        references={},
        selections=(),
        outlines={},
    )
    truths = node_truths(alone, reader)
    return {leaf: truths[node] for node, leaf in enumerate(distinct)}


def alone(reader: PersonReader, columns: Sequence[str]) -> PeopleTable:
    """The person as a table of people."""
    return PeopleTable(reader.people(["ordinal", "alive", *columns]), 0)


def _bit(words: bits.Words, place: int) -> bool:
    word, bit = divmod(place, 64)
    return word < words.size and bool(int(words[word]) >> bit & 1)
