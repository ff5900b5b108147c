"""What a worker reads of one block of people: Parquet through pyarrow, no Spark, no Delta log."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from plateia.lake.blocks.amounts import Amounts
from plateia.lake.blocks.entities import entity_rows
from plateia.lake.blocks.rows import AudienceRows
from plateia.lake.parquet import dictionary_texts
from plateia.lake.store import Store, one_sentence
from plateia.records import BlockFiles, BlockInputs, BlockScores, Change, DataFile, Volume
from plateia.tables import AUDIENCE_CHANGES, AUDIENCE_MEMBERS, CONSENTS, INSTANT, SCORES, Table

_IDS = ("person_id", "event_id", "source_key")  # nearly all different: a dictionary would only be in the way
_SCORE = ("score", "block", "deciles", "kept", "values")
_Times = tuple[int, int] | None  # the first and the last instant, microseconds
_MILLISECOND_US = 1_000  # Spark cuts the log's instants to milliseconds, so a file may reach this much further


@dataclass(frozen=True)
class BlockReader:
    """Reads one block. Text comes as dictionaries, one for the whole column, ids of people and events as text.

    ``amounts``: what has been read so far, by table. ``ordinal``: of people and events, only this person's rows.
    """

    inputs: BlockInputs
    files: BlockFiles
    amounts: Amounts = field(default_factory=Amounts, compare=False)
    ordinal: int | None = None

    def people(self, columns: Sequence[str]) -> pa.Table:
        """The block's people, sorted by ordinal, retired ones included: ordinal, alive, and those asked for.

        A column that the table does not have is left out.
        """
        schema = self._schema("people", ["ordinal", "alive", *columns])
        rows = _concat(schema, (self._read("people", file, schema) for file in self.files.people))
        order = rows["ordinal"].to_numpy()
        return rows if bool(np.all(order[1:] > order[:-1])) else rows.sort_by("ordinal")

    def events(self, event: str, columns: Sequence[str], start: int | None, end: int) -> pa.Table:
        """The block's events with ``at`` in [start, end), microseconds since 1970 UTC, in the order of the files.

        Only the columns asked for; one that the table does not have is left out.
        """
        table = f"event_{event}"
        if table not in self.inputs.schemas:
            return pa.table({})
        schema = self._schema(table, ["at", *columns])
        files = [file for file in self.files.events.get(event, ()) if overlaps(file, start, end)]
        rows = _concat(schema, (self._read(table, file, schema, start, end) for file in files))
        return rows.select([name for name in dict.fromkeys(columns) if name in schema.names])

    def volumes(self, event: str) -> list[Volume]:
        """Where the block's events of a type are, by the statistics of the log; files without any are left out."""
        found = [(file, instants(file)) for file in self.files.events.get(event, ())]
        return [Volume(*times, file.rows) for file, times in found if times is not None]

    def consents(self) -> pa.Table | None:
        """The words of the block's people: ordinal, at, purpose, granted; None if the lake has none of anybody."""
        if CONSENTS.name not in self.inputs.schemas:
            return None
        schema = self._schema(CONSENTS.name, ["ordinal", "at", "purpose", "granted"])
        return _concat(schema, (self._read(CONSENTS.name, file, schema) for file in self.files.consents))

    def relation(self, relation: str, columns: Sequence[str], keys: pa.Array | None) -> pa.Table | None:
        """Rows of a relation with the columns asked for, as far as it has them; None if the lake has no such relation.

        Args:
            keys: None: the rows of the block's people; else those of the site with ``from_key`` among the keys.
        """
        name = f"relation_{relation}"
        if name not in self.inputs.schemas:
            return None
        schema = self._schema(name, columns)
        if keys is not None:
            entities = self.inputs.entities.get(relation, ())
            return entity_rows(self._store, name, entities, schema, keys, amounts=self.amounts)
        return _concat(schema, (self._read(name, file, schema) for file in self.files.relations.get(relation, ())))

    def members(self, audience: str) -> bytes | None:
        """The published members in this block as Roaring bytes; None if there are none."""
        run_id = self.inputs.current.get(audience)
        files = [file for file in self.files.members if file.partition["run_id"] == run_id]
        rows = (row for file in files for row in self._members[file.path].of(audience))
        return next((row["members"] for row in rows if row["block"] == self.files.block), None)

    def changes(self, audience: str) -> Iterator[Change]:
        """What the published runs of the plan changed in an audience in this block, in the order of publication."""
        for as_of, run_id in self.inputs.history.get(audience, ()):
            for file in self.files.changes:
                if file.partition["run_id"] == run_id:
                    for row in self._changes[file.path].of(audience):
                        if row["block"] == self.files.block:
                            yield Change(as_of, row["entered"], row["left"])

    def scores(self, score: str) -> BlockScores | None:
        """The block's current scores; None where nobody here has one."""
        found = self.inputs.scores.get(score)
        for file in self.files.scores if found else ():
            if found and file.partition["run_id"] == found.run_id and score in self._scored(file):
                for row in self._score_rows(file, *_SCORE):
                    if (row["score"], row["block"]) == (score, self.files.block):
                        return BlockScores(row["deciles"], row["kept"], row["values"], found.least)
        return None

    def _scored(self, file: DataFile) -> Collection[str]:
        """The models that a file has scores of: a file is of one, and a block has one of each."""
        if file.path not in self._scored_in:
            self._scored_in[file.path] = {row["score"] for row in self._score_rows(file, "score")}
        return self._scored_in[file.path]

    @cached_property
    def _scored_in(self) -> dict[str, Collection[str]]:
        return {}

    def _score_rows(self, file: DataFile, *columns: str) -> list[dict[str, Any]]:
        with one_sentence(f"{file.path} cannot be read"), self._store.fs.open_input_file(file.path) as source:
            parquet = pq.ParquetFile(source)
            rows: list[dict[str, Any]] = parquet.read(columns=columns, use_threads=False).to_pylist()
        self.amounts.count(SCORES.name, parquet.metadata, range(parquet.num_row_groups), columns)
        return rows

    @cached_property
    def _members(self) -> dict[str, AudienceRows]:
        return {f.path: self._rows_of(f, AUDIENCE_MEMBERS, "members") for f in self.files.members}

    @cached_property
    def _changes(self) -> dict[str, AudienceRows]:
        return {f.path: self._rows_of(f, AUDIENCE_CHANGES, "entered", "left") for f in self.files.changes}

    def _rows_of(self, file: DataFile, table: Table, *columns: str) -> AudienceRows:
        return AudienceRows(self._store, file, table, columns, self.amounts)

    @cached_property
    def _store(self) -> Store:
        return Store.at(self.inputs.uri)

    def _schema(self, table: str, columns: Sequence[str]) -> pa.Schema:
        known = self.inputs.schemas[table]
        wanted = [known.field(name) for name in dict.fromkeys(columns) if name in known.names]
        return pa.schema([pa.field(column.name, _in_memory(column)) for column in wanted])

    def _read(
        self, table: str, file: DataFile, schema: pa.Schema, start: int | None = None, end: int | None = None
    ) -> pa.Table:
        with one_sentence(f"{file.path} cannot be read"), self._store.fs.open_input_file(file.path) as source:
            metadata = pq.read_metadata(source)
            inside = set(metadata.schema.to_arrow_schema().names)
            present = [name for name in schema.names if name in inside]
            texts = [name for name in present if pa.types.is_dictionary(schema.field(name).type)]
            parquet = pq.ParquetFile(source, metadata=metadata, read_dictionary=dictionary_texts(metadata, texts))
            times = [] if end is None else _times_of(metadata)
            groups = list(range(metadata.num_row_groups) if end is None else _groups(times, start, end))
            rows = self._rows(parquet, groups, present)
        self.amounts.count(table, metadata, groups, present)
        if end is not None and rows.num_rows and not _are_inside([times[group] for group in groups], start, end):
            rows = _within(rows, start, end)
        for column in schema:
            if column.name not in inside:
                rows = rows.append_column(column, pa.nulls(rows.num_rows, column.type))
        return rows.select(schema.names).cast(schema)

    def _rows(self, parquet: pq.ParquetFile, groups: list[int], columns: list[str]) -> pa.Table:
        if self.ordinal is None:
            return parquet.read_row_groups(groups, columns=columns, use_threads=False)
        # The ordinals first: most groups of most periods hold nothing of one person.
        found = [parquet.read_row_groups([], columns=columns)]
        for group in groups:
            mine = pc.equal(parquet.read_row_group(group, columns=["ordinal"])["ordinal"], self.ordinal)
            if pc.any(mine).as_py():
                found.append(parquet.read_row_group(group, columns=columns, use_threads=False).filter(mine))
        return pa.concat_tables(found)


def _in_memory(column: pa.Field) -> pa.DataType:
    """Text as a dictionary of 32-bit codes, but for ids."""
    as_dictionary = pa.types.is_string(column.type) and column.name not in _IDS
    return pa.dictionary(pa.int32(), pa.string()) if as_dictionary else column.type


def _concat(schema: pa.Schema, tables: Iterator[pa.Table]) -> pa.Table:
    found = list(tables) or [schema.empty_table()]
    return pa.concat_tables(found).unify_dictionaries().combine_chunks()


def overlaps(file: DataFile, start: int | None, end: int) -> bool:
    """Whether a file may hold events in [start, end) microseconds, by the statistics of the log."""
    times = instants(file)
    return times is None or not (times[0] >= end or (start is not None and times[1] < start))


def instants(file: DataFile) -> tuple[int, int] | None:
    """The first and the last instant that a file may hold, microseconds; None where the log does not say."""
    low, high = file.minimum.get("at"), file.maximum.get("at")
    if not isinstance(low, datetime) or not isinstance(high, datetime):
        return None
    return _microseconds(low), _microseconds(high) + _MILLISECOND_US - 1


def _groups(times: Sequence[_Times], start: int | None, end: int) -> Iterator[int]:
    """The row groups that may hold events of [start, end), by their own statistics."""
    for index, known in enumerate(times):
        if known is None or not (known[0] >= end or (start is not None and known[1] < start)):
            yield index


def _are_inside(times: Sequence[_Times], start: int | None, end: int) -> bool:
    """Whether all events of some row groups are known to be of [start, end)."""
    return all(known is not None and known[1] < end and (start is None or start <= known[0]) for known in times)


def _times_of(metadata: pq.FileMetaData) -> list[_Times]:
    """The first and the last instant of each row group by its own statistics; None where it has none."""
    at = [metadata.schema.column(index).path for index in range(metadata.num_columns)].index("at")
    found = [metadata.row_group(group).column(at).statistics for group in range(metadata.num_row_groups)]
    # Two instants as Python objects cost a quarter of a millisecond.
    is_raw = "timeUnit=microseconds" in str(metadata.schema.column(at).logical_type)
    return [_instants(each, is_raw=is_raw) if each is not None and each.has_min_max else None for each in found]


def _instants(known: pq.Statistics, *, is_raw: bool) -> tuple[int, int]:
    return (known.min_raw, known.max_raw) if is_raw else (_microseconds(known.min), _microseconds(known.max))


def _microseconds(instant: datetime) -> int:
    return int(pa.scalar(instant, INSTANT).value)


def _within(rows: pa.Table, start: int | None, end: int) -> pa.Table:
    at = rows["at"].cast(INSTANT).cast(pa.int64())
    inside = pc.less(at, end)
    if start is not None:
        inside = pc.and_(inside, pc.greater_equal(at, start))
    return rows if pc.all(inside).as_py() else rows.filter(inside)
