"""Parquet files as the lake writes and reads them: zstd, small row groups, statistics by hand."""

from __future__ import annotations

import functools
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import fs as pafs

from plateia import clock
from plateia.errors import LakeError
from plateia.lake.store import Store, one_sentence
from plateia.records import DataFile, StagedFile
from plateia.tables import Table

_SUCCESS = "_SUCCESS"
_DELTA_TEXTS = frozenset({"DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY"})
ROW_GROUP = 64  # one audience among 10,000 is then a read of a few kilobytes


def file_schema(table: Table) -> pa.Schema:
    """The columns inside a table's files: all but those it is partitioned by."""
    return pa.schema([column for column in table.schema if column.name not in table.partition_by])


def dictionary_texts(metadata: pq.FileMetaData, names: Collection[str]) -> list[str]:
    """Those of some columns of text that can be read as dictionaries: pyarrow cannot where texts are delta-encoded."""
    delta_encoded = {
        chunk.path_in_schema
        for group in (metadata.row_group(index) for index in range(metadata.num_row_groups))
        for chunk in (group.column(position) for position in range(group.num_columns))
        if _DELTA_TEXTS.intersection(chunk.encodings)
    }
    return [name for name in names if name not in delta_encoded]


_ZSTD_LEVEL = -1  # bitmaps are nearly noise: its best search finds a fifth more, at half the cost of writing them


def write_file(
    store: Store, table: Table, rows: pa.Table, *, partition: Mapping[str, str], name: str, row_group: int = ROW_GROUP
) -> StagedFile:
    """Write rows as one uncommitted file of a partition, under ``name``, whole or not at all.

    Args:
        rows: The columns of ``file_schema(table)``, in any order, already sorted.
        partition: Values of the partition columns, as text without characters that a path would escape.
    """
    folder = "/".join(f"{column}={partition[column]}" for column in table.partition_by)
    path = f"{folder}/{name}" if folder else name
    target = store.path(table.name, path)
    written = store.path(table.name, folder, f"_{name}.tmp") if store.renames else target
    rows = rows.select(file_schema(table).names).cast(file_schema(table))
    with one_sentence(f"{target} cannot be written"):
        store.fs.create_dir(target.rpartition("/")[0], recursive=True)
        with store.fs.open_output_stream(written) as stream:
            pq.write_table(
                rows,
                stream,
                compression="zstd",
                compression_level=_ZSTD_LEVEL,
                row_group_size=row_group,
                # Neither members nor person ids belong into footers: statistics only where the table allows them.
                write_statistics=list(table.statistics),
                # No two bitmaps are alike: a dictionary of them costs a fifth of the write, and holds nothing.
                use_dictionary=[field.name for field in rows.schema if not pa.types.is_binary(field.type)],
            )
            size = stream.tell()
        if written != target:
            store.fs.move(written, target)
    return StagedFile(
        table=table.name,
        site=partition.get("site", ""),
        run_id=partition.get("run_id", ""),
        path=path,
        bytes=size,
        rows=rows.num_rows,
        modified_ms=int(clock.now().timestamp() * 1000),
        stats=_stats(table, rows),
    )


def _stats(table: Table, rows: pa.Table) -> str:
    """Delta's statistics of a file, only of the columns that may have them."""
    found = {name: pc.min_max(rows[name]) for name in table.statistics if rows.num_rows}
    known = {name: value for name, value in found.items() if value["min"].is_valid}
    return json.dumps(
        {
            "numRecords": rows.num_rows,
            "minValues": {name: stat_of(value["min"].as_py()) for name, value in known.items()},
            "maxValues": {name: stat_of(value["max"].as_py()) for name, value in known.items()},
            "nullCount": {name: rows[name].null_count for name in table.statistics},
        },
        ensure_ascii=False,
    )


def stat_of(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return value


def read_files(
    store: Store, table: Table, files: Iterable[DataFile], *, columns: Collection[str] | None = None
) -> pa.Table:
    """The rows of files, partition columns included, with the table's types; columns a file lacks are null."""
    wanted = [column for column in table.schema if columns is None or column.name in columns]
    schema = pa.schema(wanted)
    return pa.concat_tables([schema.empty_table(), *(_read(store, table, schema, file) for file in files)])


def _read(store: Store, table: Table, schema: pa.Schema, file: DataFile) -> pa.Table:
    with one_sentence(f"{file.path} cannot be read"), store.fs.open_input_file(file.path) as source:
        parquet = pq.ParquetFile(source)
        inside = set(parquet.schema_arrow.names) - set(table.partition_by)
        rows = parquet.read(columns=[name for name in schema.names if name in inside])
        count = parquet.metadata.num_rows
    arrays = [
        rows[column.name].cast(column.type)
        if column.name in inside
        else pa.repeat(pa.scalar(file.partition.get(column.name), column.type), count)
        for column in schema
    ]
    return pa.table(arrays, schema=schema)


def read_rows_among(store: Store, table: Table, files: Iterable[DataFile], values: Mapping[str, pa.Array]) -> pa.Table:
    """The rows some of whose named columns has one of the values; of other row groups only these columns are read."""
    found = [table.schema.empty_table()]
    for file in files:
        with one_sentence(f"{file.path} cannot be read"), store.fs.open_input_file(file.path) as source:
            parquet = pq.ParquetFile(source)
            for group in range(parquet.num_row_groups):
                looked = parquet.read_row_group(group, columns=list(values))
                masks = [pc.is_in(looked[name], value_set=wanted) for name, wanted in values.items()]
                mask = functools.reduce(pc.or_, masks)
                if pc.any(mask).as_py():
                    rows = parquet.read_row_group(group, columns=table.schema.names).filter(mask)
                    found.append(rows.select(table.schema.names).cast(table.schema))
    return pa.concat_tables(found)


def staged_files(store: Store, staged: Iterable[StagedFile]) -> list[DataFile]:
    """Staged files as files that can be read before anybody has committed them."""
    return [
        DataFile(
            path=store.path(file.table, file.path),
            partition={"site": file.site, "run_id": file.run_id},
            rows=file.rows,
            bytes=file.bytes,
        )
        for file in staged
    ]


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file that Spark has written; its path is relative to the lake."""

    path: str
    rows: int
    bytes: int


def written_files(store: Store, folder: str, *, what: str) -> list[WrittenFile]:
    """The files with rows that Spark has left in a folder, each one's footer read; its mark of success goes.

    Args:
        what: Begins the sentence of an error.

    Raises:
        LakeError: They were not written to their end, or a file cannot be read.
    """
    if store.read(folder, _SUCCESS) is None:
        raise LakeError.because(f"{what}: {folder} was not written to its end")
    found = []
    for info in store.listing(folder):
        name = info.base_name
        if info.type == pafs.FileType.File and name.endswith(".parquet"):
            with one_sentence(what):
                rows = pq.read_metadata(info.path, filesystem=store.fs).num_rows
            found += [WrittenFile(f"{folder}/{name}", rows, info.size)] if rows else []
    store.remove(store.path(folder, _SUCCESS))
    return found
