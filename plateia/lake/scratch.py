"""What a run writes for itself alone: frames between its steps, gone when it ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from plateia.lake.parquet import WrittenFile, written_files
from plateia.lake.spark import frame_errors, spark_uri
from plateia.lake.store import Store, one_sentence

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_FOLDER = "_scratch"
_SMALL = 1_000_000, 32 << 20  # rows and bytes that every task can hold


@dataclass(frozen=True)
class Written:
    """Scratch rows in this process: iterated in Arrow batches, a file at a time, as often as wanted."""

    store: Store
    files: Sequence[WrittenFile]

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        for file in self.files:
            with one_sentence("Scratch rows cannot be read"):
                yield from pq.ParquetFile(self.store.path(file.path), filesystem=self.store.fs).iter_batches()

    @property
    def rows(self) -> int:
        """How many there are."""
        return sum(file.rows for file in self.files)


@dataclass(frozen=True)
class Scratch:
    """Writes frames below ``_scratch/<command>/<run_id>`` and reads them again, file by file.

    Lineage ends there. A file that is lost or cut short after it was written is an error of whoever reads it. What
    turns out to be small is sent to all tasks by the joins that ask it: Spark's own limit is too low for that.
    """

    store: Store
    root: str

    def __call__(self, frame: DataFrame, name: str) -> DataFrame:
        """The same rows, as they were written.

        Raises:
            LakeError: They cannot be written, or not all of them can be read again.
        """
        files = self._files(frame, name)
        if not files:
            return frame.sparkSession.createDataFrame([], frame.schema)
        paths = [spark_uri(self.store, file.path) for file in files]
        with frame_errors(f"The scratch rows {name} cannot be read"):
            rows = frame.sparkSession.read.schema(frame.schema).parquet(*paths)
        is_small = sum(file.rows for file in files) <= _SMALL[0] and sum(file.bytes for file in files) <= _SMALL[1]
        return rows.hint("broadcast") if is_small else rows

    def written(self, frame: DataFrame, name: str) -> Written:
        """The same rows for this process.

        Raises:
            LakeError: They cannot be written, or not all of them are there.
        """
        return Written(self.store, self._files(frame, name))

    def uri(self, name: str) -> str:
        """The URI of a place for anything else that goes with the run."""
        return self.store.uri_of(f"{self.root}/{name}")

    def _files(self, frame: DataFrame, name: str) -> list[WrittenFile]:
        folder = f"{self.root}/{name}"
        with frame_errors(f"The scratch rows {name} cannot be written"):
            frame.write.mode("error").parquet(spark_uri(self.store, folder))
        return written_files(self.store, folder, what=f"The scratch rows {name} cannot be read")


@contextmanager
def scratch(store: Store, command: str, run_id: str) -> Iterator[Scratch]:
    """A place for a run's frames; it goes with the block, and what dead runs of the command have left goes first.

    One run of a command at a time: whoever opens it holds the command's lease.
    """
    home = f"{_FOLDER}/{command}"
    store.remove_folder(store.path(home))
    try:
        yield Scratch(store, f"{home}/{run_id}")
    finally:
        store.remove_folder(store.path(home))
