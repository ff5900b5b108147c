"""The lake: the only place that reads, stages and publishes tables. Spark is touched by the frame methods alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import fs as pafs

from plateia.lake import commits, delta, frames
from plateia.lake.delta import Partition
from plateia.lake.lease import HOURS
from plateia.lake.parquet import read_files, read_rows_among, staged_files
from plateia.lake.publishing import recover
from plateia.lake.scratch import Scratch, scratch
from plateia.lake.store import Store, check_format
from plateia.partitions import Part
from plateia.records import DataFile, StagedFile
from plateia.tables import WAREHOUSE_CURRENT, Table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


@dataclass(frozen=True)
class Lake:
    """Delta tables under one root. Every failure of the storage is a LakeError of one sentence."""

    store: Store

    @classmethod
    def open(cls, uri: str, *, create: bool = False) -> Lake:
        """Open the lake at a local path or URI; ``create`` makes an empty one where there is none.

        Raises:
            LakeError: There is none, it cannot be read or written, or its format is newer than this Plateia.
        """
        store = Store.at(uri)
        check_format(store, create=create)
        return cls(store)

    @property
    def uri(self) -> str:
        return self.store.uri

    @property
    def fs(self) -> pafs.FileSystem:
        return self.store.fs

    def table_uri(self, name: str) -> str:
        """The URI of a table's folder, whether the table exists or not."""
        return self.store.uri_of(name)

    def exists(self, name: str) -> bool:
        return delta.load(self.store, name) is not None

    def version(self, name: str) -> int | None:
        """The newest version of a table; None if it does not exist."""
        snapshot = delta.load(self.store, name)
        return None if snapshot is None else int(snapshot.version())

    def table_id(self, name: str) -> str | None:
        """What no other table has, of any lake; None if it does not exist."""
        snapshot = delta.load(self.store, name)
        return None if snapshot is None else str(snapshot.metadata().id)

    def schema(self, name: str, *, version: int | None = None) -> pa.Schema | None:
        """A table's columns, partition columns included; None if it does not exist."""
        snapshot = delta.load(self.store, name, version=version)
        return None if snapshot is None else pa.schema(snapshot.schema().to_arrow())

    def pins(self) -> dict[str, int]:
        """Table name -> the version that the last refresh put together; empty before the first."""
        rows = self.rows(WAREHOUSE_CURRENT, columns=("table", "version")).to_pylist()
        return {row["table"]: row["version"] for row in rows}

    def files(self, name: str, *, version: int | None = None, partition: Partition | None = None) -> list[DataFile]:
        """The live files of a table, sorted by path; none if it does not exist.

        Args:
            partition: Column -> the values to keep, of the column's own type (block: int, period: date).
        """
        snapshot = delta.load(self.store, name, version=version)
        return [] if snapshot is None else delta.data_files(self.store, name, snapshot, partition=partition)

    def rows(
        self,
        table: Table,
        *,
        version: int | None = None,
        columns: Collection[str] | None = None,
        partition: Partition | None = None,
    ) -> pa.Table:
        """The rows of a small table, partition columns included, columns in the table's order; empty if it is new."""
        files = self.files(table.name, version=version, partition=partition)
        return read_files(self.store, table, files, columns=columns)

    def rows_among(self, table: Table, values: Mapping[str, pa.Array], *, version: int) -> pa.Table:
        """The rows of a table without partitions some of whose named columns has one of the values.

        The table may be large: what does not match is not kept.
        """
        return read_rows_among(self.store, table, self.files(table.name, version=version), values)

    def staged_rows(self, table: Table, staged: Sequence[StagedFile], *, columns: Collection[str]) -> pa.Table:
        """What the workers wrote to a table, before anybody has committed it; files of other tables are left out."""
        mine = [file for file in staged if file.table == table.name]
        return read_files(self.store, table, staged_files(self.store, mine), columns=columns)

    def append(self, table: Table, rows: pa.Table, *, app: str) -> int:
        """Add rows in one commit; the same ``app`` adds only once. Returns the version that holds them."""
        return commits.commit_once(self.store, table, lambda: commits.write_rows(self.store, table, rows), app=app)

    def replace(self, table: Table, rows: pa.Table, *, app: str) -> int:
        """Put rows in place of all rows in one commit; the same ``app`` does so only once."""
        return commits.swap(self.store, table, lambda _: rows, app=app)

    def commit_files(self, table: Table, files: Sequence[StagedFile], *, run_id: str) -> int:
        """Commit a run's staged files of a table, all at once and only once; files of other tables are left out."""
        mine = [file for file in files if file.table == table.name]
        return commits.commit_once(self.store, table, lambda: mine, app=run_id)

    def unreadable_reason(self, name: str, version: int | None = None) -> str | None:
        """Why a table's files cannot be read without Spark (deletion vectors, column mapping); None if they can."""
        return delta.unreadable_reason(self.store, name, version)

    def lease(self, name: str, run_id: str, *, hours: float = HOURS) -> AbstractContextManager[None]:
        """Hold a lease by name while the block runs; what dead holders left is cleaned up first, and one's own last.

        Raises:
            LakeError: Another run holds it.
        """
        return recover.held(self.store, name, run_id, hours=hours)

    def scratch(self, command: str, run_id: str) -> AbstractContextManager[Scratch]:
        """A place for what a run of a command writes for itself while the block runs, under the command's lease."""
        return scratch(self.store, command, run_id)

    def read_frame(
        self, spark: SparkSession, name: str, *, version: int | None = None, contract: Table | None = None
    ) -> DataFrame:
        """A table as a Spark frame, at a version or the newest.

        Args:
            contract: Whose columns the frame gets, null where the table lacks them; without, the table's own.

        Raises:
            LakeError: There is no such table or version, or it cannot be read.
        """
        return frames.read_frame(self.store, spark, name, version=version, contract=contract)

    def read_files(self, spark: SparkSession, name: str, files: Sequence[DataFile], *, version: int) -> DataFrame:
        """The rows of some of a table's files, whatever version they are still part of.

        Args:
            version: The version whose columns they have.
        """
        return frames.read_files(self.store, spark, name, files, version=version)

    def rewind(self, name: str, version: int) -> None:
        """Make a version the newest again, in one commit: what readers have pinned is what the next write adds to.

        Raises:
            LakeError: Files of that version are gone.
        """
        frames.rewind(self.store, name, version)

    def delete_parts(self, table: Table, parts: Collection[Part]) -> int:
        """Delete partitions: files go whole, none is written anew. Returns the version without them.

        Args:
            parts: Values of the columns that the table is partitioned by.
        """
        return frames.delete_parts(self.store, table, parts)

    def shred(self, name: str) -> None:
        """Remove every file of a table that is not in its newest version; earlier versions cannot be read any more."""
        delta.shred(self.store, name)

    def write_frame(
        self,
        frame: DataFrame,
        table: Table,
        *,
        run_id: str,
        parts: Collection[Part] | None = None,
        mode: str = "overwrite",
    ) -> int:
        """Write a Spark frame with the table's partitioning and statistics; returns the version that holds it.

        Args:
            parts: Partitions, by the values of their columns: their rows alone are replaced, by rows of theirs.
            mode: ``overwrite`` or ``append``.

        Raises:
            LakeError: The lake cannot be written, or this run has already done this very write.
        """
        return frames.write_frame(self.store, frame, table, run_id=run_id, parts=parts, mode=mode)
