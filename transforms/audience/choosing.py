"""The block's part of a selection: the keys that rank its people, digests and slices of them, and who is taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from transforms.audience.atoms import (
    AT_LEAST_ONE,
    EventLeaf,
    EventRank,
    Rank,
    Ranking,
    ScoreRank,
    TicketRank,
    TraitRank,
)
from transforms.audience.behaviour import read_events
from transforms.audience.bits import Mask
from transforms.audience.leaves.columns import Places
from transforms.audience.leaves.measures import measure
from transforms.audience.leaves.scores import DecodedScores
from transforms.audience.leaves.sortable import Bytes, big_endian, flagged, sortable
from transforms.audience.leaves.traits import PeopleTable
from transforms.audience.plan import BlockReader
from transforms.ranking import Bracket, Digest, Keys, Slice, digest, slice_of
from transforms.tickets import salted

Label = tuple[object, ...]  # the values of the traits that a group shares
Bound = Any  # a key; None is behind everybody, b"" before
NOBODY = b""
Bounds = Mapping[Label, tuple[Bound, Bound]]  # who is taken of each group: behind the first key, up to the second


class Chooser:
    """Ranks the people of one block."""

    def __init__(self, reader: BlockReader, people: PeopleTable, zone: ZoneInfo, block: int) -> None:
        self._reader, self._people, self._zone, self._block = reader, people, zone, block
        self._ranked = cache(self._rank)
        self._labels = cache(people.labels)

    def digests(self, ranking: Ranking, population: Mask) -> dict[Label, Digest]:
        """A digest of each group of the people whose place is in ``population``."""
        return {label: digest(keys, most=ranking.limit) for label, _, keys in self._groups(ranking, population)}

    def slices(
        self, ranking: Ranking, population: Mask, brackets: Mapping[Label, Sequence[Bracket]]
    ) -> dict[Label, list[Slice]]:
        """The block's part of each bracket of each group."""
        return {
            label: [slice_of(keys, where) for where in brackets[label]]
            for label, _, keys in self._groups(ranking, population)
            if label in brackets
        }

    def taken(self, ranking: Ranking, population: Mask, bounds: Bounds) -> Mask:
        """Who is taken of ``population``, one truth a place."""
        chosen = [np.empty(0, dtype=np.int64)]
        for label, rows, keys in self._groups(ranking, population):
            first, last = bounds[label]
            if first is not None:
                chosen.append(rows[(keys > first) & (keys <= last)] if last is not None else rows[keys > first])
        return self._people.mask_of(np.concatenate(chosen))

    def _groups(self, ranking: Ranking, population: Mask) -> Iterator[tuple[Label, Places, Keys]]:
        """Each group with its rows of the people and their keys."""
        rows = self._people.rows_of(population)
        keys = self._keys(ranking, rows)
        if not ranking.per:
            yield (), rows, keys
        if not ranking.per or not rows.size:
            return
        labelled = [self._labels(trait) for trait in ranking.per]
        codes = np.zeros(rows.size, dtype=np.int64)
        for of_trait, values in labelled:
            codes = codes * len(values) + of_trait[rows]
        order = np.argsort(codes, kind="stable")
        begins = np.flatnonzero(np.append(True, np.diff(codes[order]) != 0))
        for begin, end in zip(begins.tolist(), [*begins[1:].tolist(), rows.size], strict=True):
            mine = order[begin:end]
            label = tuple(values[of_trait[rows[mine[0]]]] for of_trait, values in labelled)
            yield label, rows[mine], keys[mine]

    def _keys(self, ranking: Ranking, rows: Places) -> Keys:
        """Bytes that sort by rank, then by person id."""
        ranked, ids = self._ranked(ranking.rank, ranking.descending)[rows], self._people.ids[rows]
        joined = np.concatenate([ranked, ids.view(np.uint8).reshape(rows.size, ids.dtype.itemsize)], axis=1)
        return np.ascontiguousarray(joined).view(f"S{joined.shape[1]}").reshape(-1)

    def _rank(self, rank: Rank, descending: bool) -> Bytes:
        """One row of bytes a row of the people."""
        everybody = self._people.places_of(np.arange(self._people.n_rows))
        match rank:
            case TraitRank(trait, is_wide):
                return sortable(self._people.column(trait), is_wide=is_wide, descending=descending)
            case EventRank():
                return self._by_events(rank, descending)[everybody]
            case ScoreRank(score):
                return self._by_score(score, descending)[everybody]
            case TicketRank(salt):
                return flagged(big_endian(salted(self._people.tickets, salt)), None, descending=False)

    def _by_events(self, rank: EventRank, descending: bool) -> Bytes:
        leaf = EventLeaf(rank.event, rank.where, rank.start, rank.end, rank.measured, AT_LEAST_ONE)
        matches = read_events(self._reader, rank.event, [leaf], self._people).matches(leaf)
        alive = self._people.population.alive
        values = measure(rank.measured, matches.within(rank.start, rank.end), alive, self._zone)
        return sortable(values, is_wide=rank.is_wide, descending=descending)

    def _by_score(self, score: str, descending: bool) -> Bytes:
        found = self._reader.scores(score)
        return DecodedScores.of(found, self._people.population.n, self._block).sortable(descending=descending)
