"""Tables that Spark writes and reads whole: it moves the rows, delta-rs keeps the log.

Delta's own reader and writer ask Spark for the files of a table with a query each time; where all are wanted, that
costs more than it saves.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from deltalake.exceptions import CommitFailedError

from plateia import clock
from plateia.errors import LakeError
from plateia.lake import commits, delta, frames
from plateia.lake.parquet import written_files
from plateia.lake.store import Store, one_sentence
from plateia.records import StagedFile
from plateia.tables import Table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def read_whole(store: Store, spark: SparkSession, table: Table, *, version: int) -> DataFrame:
    """See ``Lake.read_whole``."""
    from pyspark.sql.pandas.types import from_arrow_schema

    schema = from_arrow_schema(table.schema)
    snapshot = delta.load(store, table.name, version=version)
    if snapshot is None:
        raise LakeError.because(f"The table {table.name} of the lake cannot be read: it does not exist")
    files = delta.data_files(store, table.name, snapshot)
    if not files:
        return spark.createDataFrame([], schema)
    return frames.read_parquet(store, spark, table.name, files, schema=schema)


def write_whole(store: Store, frame: DataFrame, table: Table, *, run_id: str, mode: str) -> int:
    """See ``Lake.write_whole``."""
    from pyspark.sql import functions as F
    from pyspark.sql.pandas.types import from_arrow_schema

    snapshot = delta.ensure(store, table)
    if [field.name for field in snapshot.schema().fields] != table.schema.names:  # Spark knows how to change columns
        return frames.write_frame(store, frame, table, run_id=run_id, replace_where=None, mode=mode, settings={})
    app = frames.application(run_id, mode, None)
    if snapshot.transaction_version(app) is not None:
        raise LakeError.because(f"The run {run_id} has written {table.name} already")
    what, folder = f"The table {table.name} of the lake cannot be written", f"{table.name}/{app.replace('/', '-')}"
    columns = [F.col(field.name).cast(field.dataType) for field in from_arrow_schema(table.schema)]
    with frames.frame_errors(what):
        writer = frame.select(*columns).write.mode("error").option("parquet.writer.version", "v2")
        writer.parquet(frames.spark_uri(store, folder))
    now_ms = int(clock.now().timestamp() * 1000)
    added = [
        StagedFile(
            table=table.name,
            site="",
            run_id=run_id,
            path=file.path.removeprefix(f"{table.name}/"),
            bytes=file.bytes,
            rows=file.rows,
            modified_ms=now_ms,
            stats=json.dumps({"numRecords": file.rows}),
        )
        for file in written_files(store, folder, what=what)
    ]
    before = [] if mode == "append" else delta.data_files(store, table.name, snapshot)
    removed = [delta.log_path(store, table, file) for file in before]
    with one_sentence(what):
        try:
            return commits.commit(
                snapshot, table, added=added, removed=removed, app=app, retries=0, said={"userMetadata": run_id}
            )
        except CommitFailedError as error:
            raise LakeError.because(f"{what}: another process has written it meanwhile") from error
