"""Tables of few files: Spark reads and writes the files alone, delta-rs keeps the log.

Delta's own reader and writer ask Spark for the files of a table with queries of their own; where files are few, those
cost more than all else. Where they are many it is right: it lists and measures them on the executors.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError
from deltalake.transaction import AddAction
from pyarrow import fs as pafs

from plateia import clock
from plateia.errors import LakeError
from plateia.lake import commits, delta
from plateia.lake.parquet import stat_of
from plateia.lake.spark import frame_errors, spark_uri
from plateia.lake.store import Store, one_sentence
from plateia.partitions import Part
from plateia.records import DataFile
from plateia.tables import Table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

FEW = 32  # files: beyond that Spark lists them by a job
_FOOTERS_AT_ONCE = 16
_NULL = "__HIVE_DEFAULT_PARTITION__"
NO_DICTIONARY = {"parquet.enable.dictionary#event_id": "false"}  # each is there once
# Parquet's own delta encodings: sorted instants and ids take half the bytes and a third of the time to decode.
_OPTIONS = {
    "parquet.writer.version": "v2",
    **NO_DICTIONARY,
    "mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",
}


def is_plain(snapshot: DeltaTable, files: Collection[DataFile]) -> bool:
    """Whether a table is read as its files stand, which are few."""
    has_vectors = "deletionVectors" in (snapshot.protocol().reader_features or [])
    return len(files) <= FEW and not delta.is_mapped(snapshot) and not has_vectors


def has_columns_of(snapshot: DeltaTable, table: Table) -> bool:
    """Whether a table has the columns of a contract, and no others: Spark knows how to change them."""
    schema = pa.schema(snapshot.schema().to_arrow())
    return {field.name: field.type for field in schema} == {field.name: field.type for field in table.schema}


def read_parquet(
    store: Store, spark: SparkSession, name: str, files: Sequence[DataFile], *, schema: StructType
) -> DataFrame:
    """The rows of some of a table's files, with the columns of a schema; no log is asked."""
    if not files:
        return spark.createDataFrame([], schema)
    root = spark_uri(store, name)
    paths = [root + file.path.removeprefix(store.path(name)) for file in files]
    with frame_errors(f"The table {name} of the lake cannot be read"):
        return spark.read.schema(schema).option("basePath", root).parquet(*paths).select(*map(_quoted, schema.names))


def write(
    store: Store,
    frame: DataFrame,
    table: Table,
    snapshot: DeltaTable,
    *,
    run_id: str,
    app: str,
    parts: Collection[Part] | None,
    mode: str,
) -> int:
    """See ``Lake.write_frame``; the files of a write bear its name, and are told from all others by it."""
    from pyspark.sql import functions as F
    from pyspark.sql.pandas.types import from_arrow_schema

    what, mark = f"The table {table.name} of the lake cannot be written", app.replace("/", "-")
    columns = [F.col(_quoted(f.name)).cast(f.dataType).alias(f.name) for f in from_arrow_schema(table.schema)]
    with frame_errors(what):
        writer = frame.select(*columns).write.mode("append").options(**_OPTIONS)
        writer = writer.option("mapreduce.output.basename", mark)
        writer = writer.partitionBy(*table.partition_by) if table.partition_by else writer
        writer.parquet(spark_uri(store, table.name))
    added = _written(store, table, mark, what=what)
    before = [] if mode == "append" else delta.data_files(store, table.name, snapshot)
    if parts is not None:
        before = files_of(table, before, parts)
        if strays := {_part_of(table, action.partition_values) for action in added} - _named(parts):
            raise ValueError(f"{table.name}: rows of {len(strays)} partitions beside those that are replaced")
    removed = [delta.log_path(store, table, file) for file in before]
    return commit(snapshot, table, what=what, added=added, removed=removed, app=app, run_id=run_id)


def commit(
    snapshot: DeltaTable,
    table: Table,
    *,
    what: str,
    added: Sequence[AddAction] = (),
    removed: Sequence[str] = (),
    app: str | None = None,
    run_id: str | None = None,
) -> int:
    """One commit on top of a snapshot that nobody has committed to since.

    Raises:
        LakeError: Somebody has, or the log cannot be written.
    """
    said = {} if run_id is None else {"userMetadata": run_id}
    with one_sentence(what):
        try:
            return commits.commit(snapshot, table, added=added, removed=removed, app=app, retries=0, said=said)
        except CommitFailedError as error:
            raise LakeError.because(f"{what}: another process has written it meanwhile") from error


def _written(store: Store, table: Table, mark: str, *, what: str) -> list[AddAction]:
    """The files with rows that bear a mark, with what the log wants to know of each."""
    selector = pafs.FileSelector(store.path(table.name), recursive=True, allow_not_found=True)
    now_ms = int(clock.now().timestamp() * 1000)

    def action(info: pafs.FileInfo) -> AddAction | None:
        with one_sentence(what):
            footer = pq.read_metadata(info.path, filesystem=store.fs)
        if not footer.num_rows:
            return None
        path = info.path.removeprefix(store.path(table.name) + "/")
        folders = dict(folder.split("=", 1) for folder in path.split("/")[:-1])
        partition = {name: None if folders[name] == _NULL else unquote(folders[name]) for name in table.partition_by}
        stats = json.dumps(_stats(table, footer))
        return AddAction(path, info.size, partition, now_ms, data_change=True, stats=stats)

    with one_sentence(what):
        found = [
            info
            for info in store.fs.get_file_info(selector)
            if info.base_name.startswith(f"{mark}-") and info.base_name.endswith(".parquet")
        ]
    with ThreadPoolExecutor(_FOOTERS_AT_ONCE) as pool:
        actions = list(pool.map(action, sorted(found, key=lambda info: str(info.path))))
    return [found for found in actions if found is not None]


def _stats(table: Table, footer: pq.FileMetaData) -> Mapping[str, object]:
    """Delta's statistics of a file by its footer, only of the columns that may have them."""
    least: dict[str, object] = {}
    most: dict[str, object] = {}
    nulls: dict[str, int] = {}
    places = {footer.schema.column(place).path: place for place in range(footer.num_columns)}
    for name in table.statistics:
        found = [footer.row_group(group).column(places[name]).statistics for group in range(footer.num_row_groups)]
        known = [one for one in found if one is not None and one.has_min_max]
        if all(one is not None for one in found):
            nulls[name] = sum(one.null_count for one in found)
        if known and all(one.has_min_max or one.num_values == 0 for one in found if one is not None):
            least[name] = stat_of(min(one.min for one in known))
            most[name] = stat_of(max(one.max for one in known))
    return {"numRecords": footer.num_rows, "minValues": least, "maxValues": most, "nullCount": nulls}


def files_of(table: Table, files: Collection[DataFile], parts: Collection[Part]) -> list[DataFile]:
    """Those of some files that are of some partitions."""
    wanted = _named(parts)
    return [file for file in files if _part_of(table, file.partition) in wanted]


def _named(parts: Collection[Part]) -> set[tuple[str, ...]]:
    return {tuple(map(str, part)) for part in parts}


def _part_of(table: Table, partition: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(str(partition[name]) for name in table.partition_by)


def _quoted(name: str) -> str:
    return f"`{name.replace('`', '``')}`"  # the names of a quarantine may hold dots
