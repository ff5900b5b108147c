"""What a worker reads of one block of people: Parquet through pyarrow, no Spark, no Delta log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from plateia.lake.blocks.members import audience_members
from plateia.lake.store import Store, one_sentence
from plateia.records import BlockFiles, BlockInputs, DataFile
from plateia.tables import CONSENTS, INSTANT

_IDS = ("person_id", "event_id", "source_key")  # nearly all different: a dictionary would only be in the way
_MILLISECOND_US = 1_000  # Spark cuts the log's instants to milliseconds, so a file may reach this much further


@dataclass(frozen=True)
class BlockReader:
    """Reads one block. Text comes as dictionaries, one for the whole column, ids of people and events as text."""

    inputs: BlockInputs
    files: BlockFiles

    def people(self, columns: Sequence[str]) -> pa.Table:
        """The block's people, sorted by ordinal, retired ones included: ordinal, alive, and those asked for.

        A column that the table does not have is left out.
        """
        schema = self._schema("people", ["ordinal", "alive", *columns])
        rows = _concat(schema, (self._read(file, schema) for file in self.files.people))
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
        rows = _concat(schema, (self._read(file, schema, start, end) for file in files))
        return rows.select([name for name in dict.fromkeys(columns) if name in schema.names])

    def consents(self) -> pa.Table | None:
        """The words of the block's people: ordinal, at, purpose, granted; None if the lake has none of anybody."""
        if CONSENTS.name not in self.inputs.schemas:
            return None
        schema = self._schema(CONSENTS.name, ["ordinal", "at", "purpose", "granted"])
        return _concat(schema, (self._read(file, schema) for file in self.files.consents))

    def members(self, audience: str) -> bytes | None:
        """The published members in this block as Roaring bytes; None if there are none."""
        run_id = self.inputs.current.get(audience)
        files = [file for file in self.files.members if file.partition["run_id"] == run_id]
        found = (audience_members(self._store, file, audience).get(self.files.block) for file in files)
        return next((members for members in found if members is not None), None)

    def entered(self, audience: str, start: int | None, end: int) -> Iterator[bytes]:
        """Who entered an audience in this block by published runs with as_of in [start, end] microseconds."""
        runs = {
            run_id
            for at, run_id in self.inputs.entries.get(audience, ())
            if (start is None or start <= at) and at <= end
        }
        for file in self.files.changes:
            if file.partition["run_id"] in runs:
                found = audience_members(self._store, file, audience, column="entered")
                if self.files.block in found:
                    yield found[self.files.block]

    @cached_property
    def _store(self) -> Store:
        return Store.at(self.inputs.uri)

    def _schema(self, table: str, columns: Sequence[str]) -> pa.Schema:
        known = self.inputs.schemas[table]
        wanted = [known.field(name) for name in dict.fromkeys(columns) if name in known.names]
        return pa.schema([pa.field(column.name, _in_memory(column)) for column in wanted])

    def _read(self, file: DataFile, schema: pa.Schema, start: int | None = None, end: int | None = None) -> pa.Table:
        with one_sentence(f"{file.path} cannot be read"), self._store.fs.open_input_file(file.path) as source:
            metadata = pq.read_metadata(source)
            inside = set(metadata.schema.to_arrow_schema().names)
            present = [name for name in schema.names if name in inside]
            texts = [name for name in present if pa.types.is_dictionary(schema.field(name).type)]
            parquet = pq.ParquetFile(source, metadata=metadata, read_dictionary=texts)
            groups = range(metadata.num_row_groups) if end is None else _groups(metadata, start, end)
            rows = parquet.read_row_groups(list(groups), columns=present, use_threads=False)
        if end is not None and rows.num_rows:
            rows = _within(rows, start, end)
        for column in schema:
            if column.name not in inside:
                rows = rows.append_column(column, pa.nulls(rows.num_rows, column.type))
        return rows.select(schema.names).cast(schema)


def _in_memory(column: pa.Field) -> pa.DataType:
    """Text as a dictionary of 32-bit codes, but for ids."""
    as_dictionary = pa.types.is_string(column.type) and column.name not in _IDS
    return pa.dictionary(pa.int32(), pa.string()) if as_dictionary else column.type


def _concat(schema: pa.Schema, tables: Iterator[pa.Table]) -> pa.Table:
    return pa.concat_tables([schema.empty_table(), *tables]).unify_dictionaries().combine_chunks()


def overlaps(file: DataFile, start: int | None, end: int) -> bool:
    """Whether a file may hold events in [start, end) microseconds, by the statistics of the log."""
    low, high = file.minimum.get("at"), file.maximum.get("at")
    too_late = isinstance(low, datetime) and _microseconds(low) >= end
    too_early = start is not None and isinstance(high, datetime) and _microseconds(high) + _MILLISECOND_US <= start
    return not (too_late or too_early)


def _groups(metadata: pq.FileMetaData, start: int | None, end: int) -> Iterator[int]:
    """The row groups that may hold events of [start, end), by their own statistics."""
    names = [metadata.schema.column(index).path for index in range(metadata.num_columns)]
    position = names.index("at")
    for index in range(metadata.num_row_groups):
        found = metadata.row_group(index).column(position).statistics
        known = found is not None and found.has_min_max
        too_late = known and _microseconds(found.min) >= end
        too_early = known and start is not None and _microseconds(found.max) < start
        if not (too_late or too_early):
            yield index


def _microseconds(instant: datetime) -> int:
    return int(pa.scalar(instant, INSTANT).value)


def _within(rows: pa.Table, start: int | None, end: int) -> pa.Table:
    at = rows["at"].cast(INSTANT).cast(pa.int64())
    inside = pc.less(at, end)
    if start is not None:
        inside = pc.and_(inside, pc.greater_equal(at, start))
    return rows if pc.all(inside).as_py() else rows.filter(inside)
