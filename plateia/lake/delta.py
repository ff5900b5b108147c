"""Reading Delta logs with delta-rs: tables created by their contract, snapshots, their live files.

Data files are read with pyarrow: ``DeltaTable.to_pyarrow_*`` abort the process when it exits.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from urllib.parse import unquote

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from plateia.lake.parquet import read_files
from plateia.lake.store import Store, one_sentence
from plateia.records import DataFile
from plateia.tables import Table

Partition = Mapping[str, Collection[object]]


def table_settings(table: Table) -> dict[str, str]:
    """Delta properties of a table: statistics by its contract, nothing that a reader of version 1 cannot read."""
    statistics = (
        {"delta.dataSkippingStatsColumns": ",".join(table.statistics)}
        if table.statistics
        else {"delta.dataSkippingNumIndexedCols": "0"}
    )
    return {**statistics, "delta.enableDeletionVectors": "false"}


def load(store: Store, name: str, *, version: int | None = None) -> DeltaTable | None:
    """A snapshot of a table; None if the table does not exist."""
    with one_sentence(f"The table {name} of the lake cannot be read"):
        try:
            return DeltaTable(store.uri_of(name), version=version)
        except TableNotFoundError:
            return None


def shred(store: Store, name: str) -> None:
    """See ``Lake.shred``."""
    with one_sentence(f"Old files of the table {name} of the lake cannot be removed"):
        if (found := load(store, name)) is not None:
            # Full: the log forgets the files that it has removed, a week after; a run that was killed left more.
            found.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False, full=True)


def ensure(store: Store, table: Table) -> DeltaTable:
    """A snapshot of a table, created empty if it does not exist."""
    found = load(store, table.name)
    if found is not None:
        return found
    settings = {**table_settings(table), "delta.setTransactionRetentionDuration": "interval 90 days"}
    with one_sentence(f"The table {table.name} of the lake cannot be created"):
        store.fs.create_dir(store.path(table.name), recursive=True)
        try:
            return DeltaTable.create(
                store.uri_of(table.name),
                table.schema,
                mode="ignore",
                partition_by=list(table.partition_by) or None,
                configuration=settings,
            )
        except DeltaError:
            # Whoever creates it at the same moment has done our work.
            found = load(store, table.name)
            if found is None:
                raise
            return found


def data_files(store: Store, name: str, snapshot: DeltaTable, *, partition: Partition | None = None) -> list[DataFile]:
    """The live files of a snapshot, sorted by path; ``partition`` keeps those with one of the values of each column."""
    actions = pa.table(snapshot.get_add_actions(flatten=True)).to_pylist()
    files = (_data_file(store, name, action) for action in actions)
    wanted = {column: set(values) for column, values in (partition or {}).items()}
    kept = [file for file in files if all(file.partition[column] in values for column, values in wanted.items())]
    return sorted(kept, key=lambda file: file.path)


def _data_file(store: Store, name: str, action: Mapping[str, object]) -> DataFile:
    def starting(prefix: str) -> dict[str, object]:
        return {key.removeprefix(prefix): value for key, value in action.items() if key.startswith(prefix)}

    return DataFile(
        path=store.path(name, unquote(str(action["path"]))),  # the log's paths are URL-encoded, once
        partition=starting("partition."),
        rows=int(str(action["num_records"] or 0)),
        bytes=int(str(action["size_bytes"])),
        minimum=starting("min."),
        maximum=starting("max."),
    )


def read_rows(store: Store, table: Table, snapshot: DeltaTable, *, partition: Partition | None = None) -> pa.Table:
    """All rows of a snapshot, or those of some partitions."""
    return read_files(store, table, data_files(store, table.name, snapshot, partition=partition))


def log_path(store: Store, table: Table, file: DataFile) -> str:
    """The path of a file as the table's log names it; our own names need no URL encoding."""
    return file.path.removeprefix(store.path(table.name) + "/")


def is_mapped(snapshot: DeltaTable) -> bool:
    """Whether columns have other names inside the files."""
    return bool(snapshot.metadata().configuration.get("delta.columnMapping.mode", "none") != "none")


def unreadable_reason(store: Store, name: str, version: int | None) -> str | None:
    """Why the Parquet files of a table are not its rows; None if they are, or if there is no table."""
    snapshot = load(store, name, version=version)
    if snapshot is None:
        return None
    if is_mapped(snapshot):
        return f"{name} maps its columns to other names inside its files"
    features = snapshot.protocol().reader_features or []
    if "deletionVectors" in features and pa.RecordBatchReader.from_stream(snapshot.deletion_vectors()).read_all():
        return f"{name} marks rows as deleted outside its files (deletion vectors)"
    return None
