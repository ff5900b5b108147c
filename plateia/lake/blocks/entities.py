"""Relations between entities: read once a process where they are small, streamed where they are large."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from threading import Lock

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from plateia.lake.blocks.amounts import Amounts
from plateia.lake.store import Store, one_sentence
from plateia.records import DataFile

CACHE_BYTES = 256 << 20  # Arrow memory that a process keeps for its next blocks
_MOST_GROWTH = 8  # texts and their dictionaries take about so many times their compressed bytes
_Key = tuple[tuple[str, ...], tuple[str, ...]]  # files, columns


class EntityTables:
    """The tables that were used last, of at most ``limit`` bytes together. May be asked by several threads."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._tables: OrderedDict[_Key, pa.Table] = OrderedDict()
        self._lock = Lock()

    def get(self, key: _Key, load: Callable[[], pa.Table]) -> pa.Table:
        """The table of a key, loaded if it is not held."""
        with self._lock:
            if key not in self._tables:
                self._tables[key] = load()
            self._tables.move_to_end(key)
            table = self._tables[key]
            while self._tables and sum(held.nbytes for held in self._tables.values()) > self.limit:
                self._tables.popitem(last=False)
            return table


_HELD = EntityTables(CACHE_BYTES)


def entity_rows(
    store: Store,
    table: str,
    files: Sequence[DataFile],
    schema: pa.Schema,
    keys: pa.Array,
    *,
    amounts: Amounts,
    held: EntityTables = _HELD,
) -> pa.Table:
    """The rows with ``from_key`` among some keys.

    Args:
        files: Of one site and version; they never change, so their paths tell what they hold.
        schema: The columns to read, ``from_key`` among them.
        keys: Distinct texts.
        amounts: Counts what is read; what the process still holds is not.
    """

    def parts() -> Iterator[pa.Table]:
        for file in files:
            yield from _row_groups(store, table, file, schema, amounts)

    if sum(file.bytes for file in files) * _MOST_GROWTH > held.limit:
        return _joined(schema, [_among(part, keys) for part in parts()])
    key = tuple(file.path for file in files), tuple(schema.names)
    return _among(held.get(key, lambda: _joined(schema, list(parts()))), keys)


def _joined(schema: pa.Schema, parts: Sequence[pa.Table]) -> pa.Table:
    return pa.concat_tables([schema.empty_table(), *parts]).unify_dictionaries().combine_chunks()


def _row_groups(store: Store, table: str, file: DataFile, schema: pa.Schema, amounts: Amounts) -> Iterator[pa.Table]:
    """A file, row group by row group; columns that it lacks are missing."""
    with one_sentence(f"{file.path} cannot be read"), store.fs.open_input_file(file.path) as source:
        metadata = pq.read_metadata(source)
        inside = set(metadata.schema.to_arrow_schema().names)
        present = [name for name in schema.names if name in inside]
        texts = [name for name in present if pa.types.is_dictionary(schema.field(name).type)]
        parquet = pq.ParquetFile(source, metadata=metadata, read_dictionary=texts)
        for group in range(metadata.num_row_groups):
            rows = parquet.read_row_group(group, columns=present, use_threads=False)
            amounts.count(table, metadata, [group], present)
            for column in schema:
                if column.name not in inside:
                    rows = rows.append_column(column, pa.nulls(rows.num_rows, column.type))
            yield rows.select(schema.names).cast(schema)


def _among(table: pa.Table, keys: pa.Array) -> pa.Table:
    """The rows with ``from_key`` among the keys; each distinct text is looked up once."""
    parts = []
    for chunk in table["from_key"].chunks:
        found = pc.is_in(chunk.dictionary, value_set=keys)
        parts.append(pc.fill_null(found.take(chunk.indices), False))
    return table.filter(pa.chunked_array(parts, pa.bool_()))
