"""The Spark side of the lake: tables as frames. Nothing here imports Spark before it is called."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from plateia.errors import LakeError
from plateia.lake import commits, delta, plain
from plateia.lake.spark import frame_errors, spark_uri
from plateia.lake.store import Store, one_sentence
from plateia.partitions import Part, condition
from plateia.records import DataFile
from plateia.tables import Table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_ENCODINGS = {"delta.parquet.format.version": "2.12.0"}  # the same as ``plain`` writes


def read_frame(
    store: Store, spark: SparkSession, name: str, *, version: int | None, contract: Table | None
) -> DataFrame:
    """See ``Lake.read_frame``."""
    from pyspark.sql import functions as F
    from pyspark.sql.pandas.types import from_arrow_schema

    what = f"The table {name} of the lake cannot be read"
    snapshot = delta.load(store, name, version=version)
    if snapshot is None:
        raise LakeError.because(f"{what}: it does not exist")
    files = delta.data_files(store, name, snapshot)
    if plain.is_plain(snapshot, files):
        schema = pa.schema(snapshot.schema().to_arrow()) if contract is None else contract.schema
        return plain.read_parquet(store, spark, name, files, schema=from_arrow_schema(schema))
    with frame_errors(what):
        frame = spark.read.format("delta").option("versionAsOf", snapshot.version()).load(spark_uri(store, name))
    if contract is None:
        return frame
    wanted = from_arrow_schema(contract.schema)
    there = {field.name for field in frame.schema}
    return frame.select(
        *(F.col(f.name) if f.name in there else F.lit(None).cast(f.dataType).alias(f.name) for f in wanted)
    )


def read_files(store: Store, spark: SparkSession, name: str, files: Sequence[DataFile], *, version: int) -> DataFrame:
    """See ``Lake.read_files``."""
    from pyspark.sql.pandas.types import from_arrow_schema

    snapshot = delta.load(store, name, version=version)
    assert snapshot is not None  # its files are known
    schema = from_arrow_schema(pa.schema(snapshot.schema().to_arrow()))
    return plain.read_parquet(store, spark, name, files, schema=schema)


def rewind(store: Store, name: str, version: int) -> None:
    """See ``Lake.rewind``."""
    newest = delta.load(store, name)
    if newest is None or newest.version() == version:
        return
    with one_sentence(f"The table {name} of the lake cannot be put back to its version {version}"):
        newest.restore(version, post_commithook_properties=commits.HOOKS)


def delete_parts(store: Store, table: Table, parts: Collection[Part]) -> int:
    """See ``Lake.delete_parts``."""
    what = f"Rows of the table {table.name} of the lake cannot be deleted"
    snapshot = delta.ensure(store, table)
    files = plain.files_of(table, delta.data_files(store, table.name, snapshot), parts)
    gone = [delta.log_path(store, table, file) for file in files]
    return plain.commit(snapshot, table, what=what, removed=gone) if gone else int(snapshot.version())


def write_frame(
    store: Store, frame: DataFrame, table: Table, *, run_id: str, parts: Collection[Part] | None, mode: str
) -> int:
    """See ``Lake.write_frame``."""
    where = None if parts is None else condition(table.partition_by, parts)
    app = _application(run_id, mode, where)
    before = delta.load(store, table.name)
    if before is not None and before.transaction_version(app) is not None:
        raise LakeError.because(f"The run {run_id} has written this part of {table.name} already")
    if before is None:
        before = delta.ensure(store, table)
    if plain.has_columns_of(before, table) and plain.is_plain(before, delta.data_files(store, table.name, before)):
        return plain.write(store, frame, table, before, run_id=run_id, app=app, parts=parts, mode=mode)
    return _write_by_delta(store, frame, table, run_id=run_id, app=app, where=where, mode=mode)


def _write_by_delta(
    store: Store, frame: DataFrame, table: Table, *, run_id: str, app: str, where: str | None, mode: str
) -> int:
    columns = [f"`{name.replace('`', '``')}`" for name in table.schema.names]  # the names of a quarantine may hold dots
    writer = frame.select(*columns).write.format("delta").mode(mode)
    if table.partition_by:
        writer = writer.partitionBy(*table.partition_by)
    if where is not None:
        writer = writer.option("replaceWhere", where)
    widen = "overwriteSchema" if mode == "overwrite" and where is None else "mergeSchema"
    options = {widen: "true", "txnAppId": app, "txnVersion": str(commits.DONE), "userMetadata": run_id}
    with frame_errors(f"The table {table.name} of the lake cannot be written"):
        writer.options(**{**_ENCODINGS, **plain.NO_DICTIONARY, **options}).save(spark_uri(store, table.name))
    after = delta.load(store, table.name)
    if after is None:
        raise LakeError.because(f"The table {table.name} of the lake is not where Spark has written it")
    return int(after.version())


def _application(run_id: str, mode: str, where: str | None) -> str:
    """The transaction id of one write of a run: each condition and mode once."""
    part = hashlib.sha256(f"{mode} {where or ''}".encode()).hexdigest()[:8]
    return f"{run_id}/{part}"
