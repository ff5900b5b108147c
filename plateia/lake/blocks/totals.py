"""The daily totals of a block's events: one file an event type and period, put in place of the one before it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from plateia.lake.blocks.amounts import Amounts
from plateia.lake.blocks.reader import instants
from plateia.lake.parquet import write_file
from plateia.lake.store import Store, one_sentence
from plateia.records import BlockFiles, BlockInputs, DataFile, EventPeriod, FreshTotals, StagedFile
from plateia.tables import EVENT_TOTALS

MOST_IDLE = 30  # totals that so many rewrites of their file did not need are dropped
_HEAD = ("source", "key", "rows", "idle")
_COLUMNS = [column for column in EVENT_TOTALS.schema if column.name not in EVENT_TOTALS.partition_by]


@dataclass(frozen=True)
class BlockTotals:
    """The kept totals of one block; ``amounts``: what has been read of them so far."""

    inputs: BlockInputs
    files: BlockFiles
    amounts: Amounts = field(default_factory=Amounts, compare=False)
    _heads: dict[str, list[dict[str, Any]]] = field(default_factory=dict, compare=False)

    def periods(self, event: str) -> list[EventPeriod]:
        """The partitions that the block has events of a type in, by day; none if the log does not say when they are."""
        by_day: dict[str, list[DataFile]] = {}
        for file in self.files.events.get(event, ()):
            by_day.setdefault(str(file.partition["period"]), []).append(file)
        found = [_period(event, day, files) for day, files in sorted(by_day.items())]
        return [period for period in found if period is not None] if all(found) else []

    def kept(self, period: EventPeriod) -> dict[str, int]:
        """The keys that totals are kept of, from the very files of the period, and how many rows they have."""
        rows = [row for file in self._of(period) for row in self._head(file)]
        return {row["key"]: row["rows"] for row in rows if row["source"] == period.source}

    def load(self, period: EventPeriod, keys: Collection[str]) -> dict[str, bytes]:
        """The packed totals of kept keys."""
        rows = [row for file in self._of(period) for row in self._rows(file, period, keys)]
        return {row["key"]: row["totals"] for row in rows}

    def write(self, run_id: str, attempt: str, fresh: Sequence[FreshTotals]) -> tuple[list[StagedFile], list[str]]:
        """Stage what a run found out, with what is still good of the files before; returns these as replaced, too."""
        present = {(period.event, period.day) for event in self.files.events for period in self.periods(event)}
        gone = [file for file in self.files.totals if _place(file) not in present and _place(file)[0] in self._events]
        staged, replaced = [], [file.path for file in gone]
        for found in fresh:
            staged.append(self._write(run_id, attempt, found))
            replaced += [file.path for file in self._of(found.period)]
        return staged, replaced

    @property
    def _events(self) -> Collection[str]:
        """The event types whose files are known here; of others nothing can be said."""
        return [event for event in self.files.events if self.periods(event)]

    def _write(self, run_id: str, attempt: str, found: FreshTotals) -> StagedFile:
        period = found.period
        old = self._carried(found)
        new = [(key, packed.rows, 0, packed.data) for key, packed in found.packed.items()]
        rows = sorted([*old, *new])
        table = pa.Table.from_pylist(
            [
                {"block": self.files.block, "event": period.event, "period": period.day, "source": period.source,
                 "key": key, "rows": n, "idle": idle, "totals": data}
                for key, n, idle, data in rows
            ],
            schema=pa.schema(_COLUMNS),
        )  # fmt: skip
        partition = {"site": self.files.site, "run_id": run_id}
        name = f"{period.event}-{period.day}-{self.files.block:05d}-{attempt}.parquet"
        return write_file(self._store, EVENT_TOTALS, table, partition=partition, name=name)

    def _carried(self, found: FreshTotals) -> list[tuple[str, int, int, bytes]]:
        """What stays of the files before: totals of the same events, unless nobody has asked for them for long."""
        others = self.kept(found.period).keys() - found.packed.keys()
        rows = [row for file in self._of(found.period) for row in self._rows(file, found.period, others)]
        idle = {row["key"]: 0 if row["key"] in found.used else row["idle"] + 1 for row in rows}
        return [
            (row["key"], row["rows"], idle[row["key"]], row["totals"]) for row in rows if idle[row["key"]] < MOST_IDLE
        ]

    def _of(self, period: EventPeriod) -> list[DataFile]:
        return [file for file in self.files.totals if _place(file) == (period.event, period.day)]

    def _head(self, file: DataFile) -> list[dict[str, Any]]:
        if file.path not in self._heads:
            self._heads[file.path] = self._read(file, _HEAD, None).to_pylist()
        return self._heads[file.path]

    def _rows(self, file: DataFile, period: EventPeriod, keys: Collection[str]) -> list[dict[str, Any]]:
        """The rows of keys, only from row groups that hold any of them."""
        wanted = set(keys)
        chosen = [
            number
            for number, row in enumerate(self._head(file))
            if row["source"] == period.source and row["key"] in wanted
        ]
        if not chosen:
            return []
        rows: list[dict[str, Any]] = self._read(file, (*_HEAD, "totals"), chosen).to_pylist()
        return [row for row in rows if row["source"] == period.source and row["key"] in wanted]

    def _read(self, file: DataFile, columns: Sequence[str], rows: Sequence[int] | None) -> pa.Table:
        """Columns of a file; with ``rows`` only the row groups that hold some of them."""
        with one_sentence(f"{file.path} cannot be read"), self._store.fs.open_input_file(file.path) as source:
            parquet = pq.ParquetFile(source)
            groups, first = [], 0
            for group in range(parquet.num_row_groups):
                size = parquet.metadata.row_group(group).num_rows
                if rows is None or any(first <= row < first + size for row in rows):
                    groups.append(group)
                first += size
            found = parquet.read_row_groups(groups, columns=list(columns), use_threads=False)
        self.amounts.count(EVENT_TOTALS.name, parquet.metadata, groups, columns)
        return found

    @cached_property
    def _store(self) -> Store:
        return Store.at(self.inputs.uri)


def _place(file: DataFile) -> tuple[str, str]:
    """The event type and the period that a file of totals is of, by its statistics: it holds no other."""
    return str(file.minimum.get("event")), str(file.minimum.get("period"))


def _period(event: str, day: str, files: Sequence[DataFile]) -> EventPeriod | None:
    times = [instants(file) for file in files]
    known = [time for time in times if time is not None]
    if len(known) < len(files):
        return None
    source = hashlib.sha256("\n".join(sorted(file.path for file in files)).encode()).hexdigest()
    first, last = min(first for first, _ in known), max(last for _, last in known)
    return EventPeriod(event, day, first, last, sum(file.rows for file in files), source)
