"""Answering long windows from daily totals: kept ones where their events are as they were, else totalled anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from plateia.records import EventPeriod, FreshTotals, Volume
from plateia.tables import BLOCK_SIZE
from transforms.audience.atoms import EventLeaf
from transforms.audience.leaves.columns import Mask
from transforms.audience.leaves.events import EventTable, properties
from transforms.audience.leaves.measures.daily import DayRows
from transforms.audience.leaves.traits import Population
from transforms.audience.limits import Limits
from transforms.audience.partials.keys import is_total, key_of
from transforms.audience.partials.packing import pack, unpack
from transforms.audience.partials.store import TotalsStore
from transforms.audience.partials.totals import day_rows, joined
from transforms.audience.partials.windows import WholeDays
from transforms.audience.plan import BlockReader
from transforms.audience.questions import Question
from transforms.audience.slices import cut, overlap
from transforms.audience.truths import DATA_ERRORS, Truths


@dataclass(frozen=True)
class Long:
    """A question whose whole days come from totals."""

    question: Question
    days: WholeDays
    key: str

    def covers(self, period: EventPeriod) -> bool:
        return overlap(self.days.inside, (period.first, period.last + 1)) is not None


class DailyTotals:
    """The daily totals of one block, as a run finds and leaves them.

    ``fresh``: what was totalled anew and is worth keeping, up to ``Limits.fresh_bytes``.
    """

    def __init__(
        self, store: TotalsStore, reader: BlockReader, base: int, zone: ZoneInfo, limits: Limits, truths: Truths
    ) -> None:
        self._store, self._reader, self._base = store, reader, base
        self._zone, self._limits, self._truths = zone, limits, truths
        self._fresh: dict[tuple[str, str], FreshTotals] = {}
        self._fresh_bytes = 0

    @property
    def fresh(self) -> list[FreshTotals]:
        """What was totalled anew, by event type and period."""
        return [found for _, found in sorted(self._fresh.items()) if found.packed]

    def long(self, event: str, questions: Iterable[Question]) -> list[Long]:
        """The questions that totals answer, if reading them costs less than reading the events."""
        found = []
        for question in questions:
            leaf = question.leaf
            days = WholeDays.of(leaf.start, leaf.end, self._zone) if is_total(leaf) else None
            if days is not None and days.length >= self._limits.totals_days:
                found.append(Long(question, days, key_of(leaf, self._zone.key)))
        return found if found and self._pays(event, found) else []

    def _pays(self, event: str, asked: Sequence[Long]) -> bool:
        """Whether totals cost less than the events; of periods that none are kept of, as many as of the others."""
        keys = {long.key for long in asked}
        covered = [period for period in self._store.periods(event) if any(long.covers(period) for long in asked)]
        rows = sum(period.rows for period in covered)
        if rows < self._limits.totals_from_rows:
            return False
        kept = [(period.rows, self._rows_kept(period, keys)) for period in covered]
        seen = sum(n for n, totals in kept if totals)
        totals = sum(totals for _, totals in kept) * (rows / seen if seen else 0)
        cost = self._limits.rows_a_total * totals + self._limits.rows_a_piece * len(keys) * len(covered)
        return rows > cost

    def _rows_kept(self, period: EventPeriod, keys: Collection[str]) -> int:
        return sum(rows for key, rows in self._store.kept(period).items() if key in keys)

    def take_in(self, event: str, asked: Sequence[Long], alive: Mask) -> None:
        """Hand the totals of whole days to the questions; what is left for them to read are the ends of windows.

        A question whose events cannot be totalled is left as it was.
        """
        broken: set[str] = set()
        pieces: dict[str, list[bytes]] = defaultdict(list)
        waiting = 0
        for period in self._store.periods(event):
            for key, packed in self._packed(period, asked, broken).items():
                pieces[key].append(packed)
                waiting += len(packed)
            if waiting > self._limits.totals_bytes:
                self._hand_out(asked, pieces, broken, alive)
                pieces, waiting = defaultdict(list), 0
        self._hand_out(asked, pieces, broken, alive)
        for long in asked:
            if long.key in broken:
                long.question.forget()
            else:
                long.question.stretches = long.days.edges

    def _packed(self, period: EventPeriod, asked: Sequence[Long], broken: set[str]) -> Mapping[str, bytes]:
        """The totals of a period that questions need, by key."""
        leaves = {long.key: long.question.leaf for long in asked if long.covers(period) and long.key not in broken}
        if not leaves:
            return {}
        place = (period.event, period.day)
        entry = self._fresh.setdefault(place, FreshTotals(period))
        kept = leaves.keys() & self._store.kept(period).keys()
        entry.used.update(kept)
        found = {key: entry.packed[key].data for key in leaves.keys() & entry.packed.keys()}
        found |= self._store.load(period, kept)
        missing = {key: leaf for key, leaf in leaves.items() if key not in found}
        if missing:
            found |= self._total(period, missing, broken)
        self._charge(long for long in asked if long.key in leaves)
        return found

    def _total(self, period: EventPeriod, leaves: Mapping[str, EventLeaf], broken: set[str]) -> dict[str, bytes]:
        """Total the events of a period anew."""
        parts: dict[str, list[DayRows]] = {key: [] for key in leaves}
        population = Population(self._base, np.ones(BLOCK_SIZE, dtype=np.bool_))
        volume = Volume(period.first, period.last, period.rows)
        columns = ["ordinal", "at", *properties(list(leaves.values()))]
        wheres = [leaf.where for leaf in leaves.values()]
        most_rows = self._limits.event_rows
        for piece in cut((period.first, period.last + 1), [volume], self._zone, most_rows=most_rows):
            events = EventTable(self._reader.events(period.event, columns, *piece), population, period.event, wheres)
            for key in leaves.keys() - broken:
                try:
                    parts[key].append(day_rows(events.matches(leaves[key]).within(*piece), self._zone))
                except DATA_ERRORS:
                    broken.add(key)
        found = {key: pack(joined(parts[key])) for key in sorted(leaves.keys() - broken)}
        size = sum(len(packed.data) for packed in found.values())
        if self._fresh_bytes + size <= self._limits.fresh_bytes:
            self._fresh_bytes += size
            self._fresh[period.event, period.day].packed.update(found)
        return {key: packed.data for key, packed in found.items()}

    def _hand_out(
        self, asked: Sequence[Long], pieces: Mapping[str, Sequence[bytes]], broken: Collection[str], alive: Mask
    ) -> None:
        by_key: dict[str, list[Long]] = defaultdict(list)
        for long in asked:
            by_key[long.key].append(long)
        for key in pieces.keys() - broken:
            rows = joined([unpack(piece) for piece in pieces[key]]).quick()
            if alive.size < BLOCK_SIZE:
                rows = rows.at_rows(rows.places < alive.size)
            for long in by_key[key]:
                long.question.add_days(rows.between(long.days.first, long.days.end), alive, self._zone)
                self._charge([long])

    def _charge(self, asked: Iterable[Long]) -> None:
        self._truths.charge([node for long in asked for node, _ in long.question.nodes])
