"""The events that the steps of sequences take, of all event types, brought into one order once a block."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.audience.atoms import SequenceLeaf, Where
from transforms.audience.leaves import sequences
from transforms.audience.leaves.chains import Occurrence
from transforms.audience.leaves.columns import Mask, Places
from transforms.audience.leaves.events import EventTable, property_tests
from transforms.audience.leaves.sequences import Timeline
from transforms.audience.leaves.traits import Population
from transforms.audience.plan import BlockReader
from transforms.audience.slices import Stretch, cut

_Kind = tuple[str, Where | None]


class Occurrences:
    """All events of a block that any step of some sequences takes, sorted by place, instant, event type and event id.

    ``failures`` holds why the events of a step cannot be told; the sequences that have it cannot be evaluated.
    """

    def __init__(
        self,
        reader: BlockReader,
        leaves: Sequence[SequenceLeaf],
        population: Population,
        errors: tuple[type[Exception], ...],
        *,
        zone: ZoneInfo,
        most_rows: int,
    ) -> None:
        self._errors = errors
        self._reader, self._population, self._zone, self._most_rows = reader, population, zone, most_rows
        self._n_people = population.n
        self.failures: dict[_Kind, Exception] = {}
        self._tables: list[EventTable] = []
        self._takes: dict[_Kind, Mask] = {}
        found: list[tuple[Places, dict[_Kind, Places]]] = []
        for event in sorted({step.event for leaf in leaves for step in leaf.steps}):
            kinds = _kinds(leaves, event)
            try:
                self._tables.append(self._read(leaves, event))
            except errors as error:
                self.failures |= dict.fromkeys(kinds, error)
                continue
            rows = self._rows_of(self._tables[-1], kinds)
            found.append((np.unique(np.concatenate([[], *rows.values()]).astype(np.int64)), rows))
        self._sort(found)

    def reached(self, leaf: SequenceLeaf) -> Mask:
        """Which places have a chain of the sequence; it must have no step among ``failures``.

        Raises:
            LeafError: The events lack a property that ``same`` compares.
        """
        takes = [self._takes[step.event, step.where] for step in leaf.steps]
        is_any = np.logical_or.reduce(takes) & (self._at < leaf.as_of)
        rows = np.flatnonzero(is_any)
        timeline = Timeline.of(self._places[rows], self._at[rows], [taken[rows] for taken in takes])
        return sequences.reached(leaf, timeline, partial(self._values, leaf, rows), self._n_people)

    def _read(self, leaves: Sequence[SequenceLeaf], event: str) -> EventTable:
        """The events of a type that sequences ask about; where many are read in slices, only those a step takes."""
        mine = [leaf for leaf in leaves if any(step.event == event for step in leaf.steps)]
        wheres = [step.where for leaf in mine for step in leaf.steps if step.event == event]
        tested = {test.property for test in property_tests(wheres)}
        starts = [leaf.start for leaf in mine if leaf.start is not None]
        # A step that must not happen is looked for after the window, too, never before it.
        stretch = min(starts) if len(starts) == len(mine) else None, max(leaf.as_of for leaf in mine)
        columns = ["ordinal", "at", "event_id", *sorted(tested.union(*(_compared(leaf, event) for leaf in mine)))]
        pieces = cut(stretch, self._reader.volumes(event), self._zone, most_rows=self._most_rows)
        if len(pieces) == 1:
            return EventTable(self._reader.events(event, columns, *stretch), self._population, event, wheres)
        tables = [self._taken(event, columns, piece, wheres) for piece in pieces]
        return EventTable(pa.concat_tables(tables).unify_dictionaries(), self._population, event, wheres)

    def _taken(self, event: str, columns: Sequence[str], piece: Stretch, wheres: Sequence[Where | None]) -> pa.Table:
        """The rows of a slice that any filter takes; all of them where that cannot be told."""
        table = self._reader.events(event, columns, *piece)
        events = EventTable(table, self._population, event, wheres)
        rows = np.arange(table.num_rows)
        with suppress(*self._errors):
            rows = np.unique(np.concatenate([events.rows(where) for where in dict.fromkeys(wheres)]))
        _, at = events.of_rows(rows)
        inside = at < piece[1] if piece[0] is None else (at >= piece[0]) & (at < piece[1])
        return table.take(pa.array(rows[inside]))

    def of_place(self, leaf: SequenceLeaf, place: int) -> list[tuple[Occurrence, str, str]]:
        """The events of one place that steps of a sequence take, in order: each with its event type and event id.

        Raises:
            LeafError: The events lack a property that ``same`` compares.
        """
        takes = [self._takes[step.event, step.where] for step in leaf.steps]
        mine = (self._places == place) & (self._at < leaf.as_of)
        rows = np.flatnonzero(np.logical_or.reduce(takes) & mine)
        named = sorted({name for step in leaf.steps for name in step.properties})
        values = {name: self._values(leaf, rows, name, np.arange(rows.size)) for name in named}
        found = []
        for i, row in enumerate(rows.tolist()):
            table = self._tables[self._owner[row]]
            taken = tuple(bool(mask[row]) for mask in takes)
            event = Occurrence(int(self._at[row]), taken, {name: column[i] for name, column in values.items()})
            event_id = table.texts("event_id", self._rows[row : row + 1])[0].as_py()
            found.append((event, table.event, event_id))
        return found

    def _rows_of(self, table: EventTable, kinds: Sequence[_Kind]) -> dict[_Kind, Places]:
        found: dict[_Kind, Places] = {}
        for kind in kinds:
            try:
                found[kind] = table.rows(kind[1])
            except self._errors as error:
                self.failures[kind] = error
        return found

    def _sort(self, found: Sequence[tuple[Places, dict[_Kind, Places]]]) -> None:
        """Join the events of all types and bring them into order."""
        kept = [rows for rows, _ in found]
        owner = np.repeat(np.arange(len(kept)), [rows.size for rows in kept])
        rows = np.concatenate([np.empty(0, dtype=np.int64), *kept])
        joined = [table.of_rows(mine) for table, mine in zip(self._tables, kept, strict=True)]
        places = np.concatenate([np.empty(0, dtype=np.int64), *(mine for mine, _ in joined)])
        at = np.concatenate([np.empty(0, dtype=np.int64), *(mine for _, mine in joined)])
        ids = [table.texts("event_id", mine) for table, mine in zip(self._tables, kept, strict=True) if mine.size]
        order = _order(places, at, owner, pa.chunked_array(ids, pa.string()))
        self._places, self._at, self._owner, self._rows = places[order], at[order], owner[order], rows[order]
        for which, (mine, by_kind) in enumerate(found):
            for kind, taken in by_kind.items():
                mask = np.zeros(rows.size, dtype=np.bool_)
                mask[np.flatnonzero(owner == which)[np.searchsorted(mine, taken)]] = True
                self._takes[kind] = mask[order]

    def _values(self, leaf: SequenceLeaf, rows: Places, name: str, wanted: Places) -> list[object]:
        """The values of a property at rows of a leaf's timeline; None at events of types that do not compare it."""
        chosen = rows[wanted]
        values: list[object] = [None] * chosen.size
        owners = self._owner[chosen]
        events = sorted({step.event for step in leaf.steps if name in _compared(leaf, step.event)})
        for which in np.unique(owners).tolist():
            mine = np.flatnonzero(owners == which)
            table = self._tables[which]
            if table.event in events:
                for place, value in zip(mine.tolist(), table.values(name, self._rows[chosen[mine]]), strict=True):
                    values[place] = value
        return values


def _order(places: Places, at: Places, owner: Places, ids: pa.ChunkedArray) -> Places:
    """By place, instant, type and id; the ids, which are costly to compare, only where the rest is equal."""
    order = np.lexsort((owner, at, places))
    same = (np.diff(places[order]) == 0) & (np.diff(at[order]) == 0) & (np.diff(owner[order]) == 0)
    if not same.any():
        return order
    tied = np.flatnonzero(np.append(same, False) | np.append(False, same))
    group = np.cumsum(np.append(True, ~same))[tied]
    rows = order[tied]
    table = pa.table({"group": group, "id": ids.take(pa.array(rows))})
    sorted_rows = pc.sort_indices(table, sort_keys=[("group", "ascending"), ("id", "ascending")]).to_numpy()
    order[tied] = rows[sorted_rows]
    return order


def _kinds(leaves: Sequence[SequenceLeaf], event: str) -> list[_Kind]:
    """The distinct kinds of events of one type that steps take."""
    return list(dict.fromkeys((event, step.where) for leaf in leaves for step in leaf.steps if step.event == event))


def _compared(leaf: SequenceLeaf, event: str) -> set[str]:
    """The properties of an event type that ``same`` of some step compares."""
    own = {name for step in leaf.steps if step.event == event for name, _, _ in step.same}
    return own | {other for step in leaf.steps for _, of, other in step.same if leaf.steps[of].event == event}
