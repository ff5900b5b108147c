"""The Spark side of the lake: tables as frames. Nothing here imports Spark before it is called."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from plateia.errors import LakeError
from plateia.lake import commits, delta
from plateia.lake.store import Store
from plateia.records import DataFile
from plateia.tables import Table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

# Parquet's own delta encodings: sorted instants and ids take half the bytes and a third of the time to decode.
_ENCODINGS = {"delta.parquet.format.version": "2.12.0"}
_NO_DICTIONARY = {"parquet.enable.dictionary#event_id": "false"}  # each is there once

# Failures of the place or of the table, in words; anything else that Spark raises is not the lake's fault.
_LAKE_FAULTS = (
    (r"DELTA_(?:INVALID_PROTOCOL|UNSUPPORTED_FEATURES)|InvalidProtocolVersion", "it needs a newer Delta Lake"),
    (r"DELTA_(?:PATH_DOES_NOT_EXIST|TABLE_NOT_FOUND|MISSING_DELTA_TABLE)|PATH_NOT_FOUND", "it does not exist"),
    (r"VERSION_NOT_EXIST|VERSION_NOT_FOUND|VersionNotFound|NO_RECREATABLE_HISTORY", "that version is gone"),
    (r"DELTA_CONCURRENT|Concurrent\w+Exception", "another process has written it meanwhile"),
    (r"DELTA_FAILED_TO_MERGE|DELTA_SCHEMA|_LEGACY_ERROR_TEMP_DELTA_0007", "its columns have other types than before"),
    (r"AccessDenied|AccessControl|Permission denied", "permission denied"),
    (r"No space left", "no space left"),
    (r"No FileSystem for scheme|UnsupportedFileSystem", "Spark lacks the file system of its URI"),
    (r"NotDirectory|Not a directory|FileAlreadyExists|Mkdirs failed", "something else is in its place"),
    (r"java\.(?:io|nio)\.[.\w]*Exception", "the storage failed"),
)


def read_frame(store: Store, spark: SparkSession, name: str, *, version: int | None) -> DataFrame:
    """See ``Lake.read_frame``."""
    reader = spark.read.format("delta")
    if version is not None:
        reader = reader.option("versionAsOf", version)
    with frame_errors(f"The table {name} of the lake cannot be read"):
        return reader.load(spark_uri(store, name))


def read_files(store: Store, spark: SparkSession, name: str, files: Sequence[DataFile], *, version: int) -> DataFrame:
    """See ``Lake.read_files``."""
    schema = read_frame(store, spark, name, version=version).schema
    if not files:
        return spark.createDataFrame([], schema)
    return read_parquet(store, spark, name, files, schema=schema)


def read_parquet(
    store: Store, spark: SparkSession, name: str, files: Sequence[DataFile], *, schema: StructType
) -> DataFrame:
    """The rows of some of a table's files, one at least, with the columns of a schema; no log is asked."""
    root = spark_uri(store, name)
    paths = [root + file.path.removeprefix(store.path(name)) for file in files]
    with frame_errors(f"The table {name} of the lake cannot be read"):
        return spark.read.schema(schema).option("basePath", root).parquet(*paths)


def rewind(store: Store, spark: SparkSession, name: str, version: int) -> None:
    """See ``Lake.rewind``."""
    from delta.tables import DeltaTable

    newest = delta.load(store, name)
    if newest is None or newest.version() == version:
        return
    with frame_errors(f"The table {name} of the lake cannot be put back to its version {version}"):
        DeltaTable.forPath(spark, spark_uri(store, name)).restoreToVersion(version)


def delete_where(store: Store, spark: SparkSession, name: str, where: str) -> int:
    """See ``Lake.delete_where``."""
    from delta.tables import DeltaTable

    with frame_errors(f"Rows of the table {name} of the lake cannot be deleted"):
        DeltaTable.forPath(spark, spark_uri(store, name)).delete(where)
    after = delta.load(store, name)
    assert after is not None  # rows were deleted from it
    return int(after.version())


def write_frame(
    store: Store,
    frame: DataFrame,
    table: Table,
    *,
    run_id: str,
    replace_where: str | None,
    mode: str,
    settings: Mapping[str, str],
) -> int:
    """See ``Lake.write_frame``."""
    app = application(run_id, mode, replace_where)
    before = delta.load(store, table.name)
    if before is not None and before.transaction_version(app) is not None:
        raise LakeError.because(f"The run {run_id} has written this part of {table.name} already")
    columns = [f"`{name.replace('`', '``')}`" for name in table.schema.names]  # the names of a quarantine may hold dots
    writer = frame.select(*columns).write.format("delta").mode(mode)
    if table.partition_by:
        writer = writer.partitionBy(*table.partition_by)
    if replace_where is not None:
        writer = writer.option("replaceWhere", replace_where)
    widen = "overwriteSchema" if mode == "overwrite" and replace_where is None else "mergeSchema"
    options = {
        **_NO_DICTIONARY,
        widen: "true",
        "txnAppId": app,
        "txnVersion": str(commits.DONE),
        "userMetadata": run_id,
    }
    created = {**delta.table_settings(table), **_ENCODINGS} if before is None else {}
    with frame_errors(f"The table {table.name} of the lake cannot be written"):
        writer.options(**{**created, **options, **settings}).save(spark_uri(store, table.name))
    after = delta.load(store, table.name)
    if after is None:
        raise LakeError.because(f"The table {table.name} of the lake is not where Spark has written it")
    return int(after.version())


def application(run_id: str, mode: str, replace_where: str | None) -> str:
    """The transaction id of one write of a run: each condition and mode once."""
    part = hashlib.sha256(f"{mode} {replace_where or ''}".encode()).hexdigest()[:8]
    return f"{run_id}/{part}"


def spark_uri(store: Store, name: str) -> str:
    """The URI as Hadoop names it; a local path says so, whatever the cluster's default file system is."""
    if store.fs.type_name == "local":
        return f"file://{store.path(name)}"
    return re.sub(r"^s3://", "s3a://", store.uri_of(name))


@contextmanager
def frame_errors(what: str) -> Iterator[None]:
    """Raise what Spark says of the storage as a LakeError of one sentence; anything else goes on."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as error:
        text = str(error)
        reason = next((words for pattern, words in _LAKE_FAULTS if re.search(pattern, text)), None)
        if reason is None:
            raise
        raise LakeError.because(f"{what}: {reason}") from error
