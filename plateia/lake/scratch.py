"""What a run writes for itself alone: frames between its steps, gone when it ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import fs as pafs

from plateia.errors import LakeError
from plateia.lake.frames import frame_errors, spark_uri
from plateia.lake.store import Store, one_sentence

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_FOLDER = "_scratch"


@dataclass(frozen=True)
class Written:
    """Scratch rows in this process: iterated in Arrow batches, a file at a time, as often as wanted."""

    store: Store
    paths: Sequence[str]

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        for path in self.paths:
            with one_sentence("Scratch rows cannot be read"):
                yield from pq.ParquetFile(self.store.path(path), filesystem=self.store.fs).iter_batches()

    @property
    def rows(self) -> int:
        """How many there are."""
        found = (pq.read_metadata(self.store.path(path), filesystem=self.store.fs) for path in self.paths)
        return sum(metadata.num_rows for metadata in found)


@dataclass(frozen=True)
class Scratch:
    """Writes frames below ``_scratch/<command>/<run_id>`` and reads them again, file by file.

    Lineage ends there. A file that is lost or cut short after it was written is an error of whoever reads it.
    """

    store: Store
    root: str

    def __call__(self, frame: DataFrame, name: str) -> DataFrame:
        """The same rows, as they were written.

        Raises:
            LakeError: They cannot be written, or not all of them can be read again.
        """
        paths = [spark_uri(self.store, path) for path in self._files(frame, name)]
        if not paths:
            return frame.sparkSession.createDataFrame([], frame.schema)
        with frame_errors(f"The scratch rows {name} cannot be read"):
            return frame.sparkSession.read.schema(frame.schema).parquet(*paths)

    def written(self, frame: DataFrame, name: str) -> Written:
        """The same rows for this process.

        Raises:
            LakeError: They cannot be written, or not all of them are there.
        """
        return Written(self.store, self._files(frame, name))

    def uri(self, name: str) -> str:
        """The URI of a place for anything else that goes with the run."""
        return self.store.uri_of(f"{self.root}/{name}")

    def _files(self, frame: DataFrame, name: str) -> list[str]:
        folder = f"{self.root}/{name}"
        with frame_errors(f"The scratch rows {name} cannot be written"):
            frame.write.mode("error").parquet(spark_uri(self.store, folder))
        return self._written(folder)

    def _written(self, folder: str) -> list[str]:
        """The files that have rows, relative to the lake; each one's footer is read."""
        if self.store.read(folder, "_SUCCESS") is None:
            raise LakeError.because(f"The scratch rows {folder} were not written to their end")
        found = []
        for info in self.store.listing(folder):
            name = info.base_name
            if info.type == pafs.FileType.File and name.endswith(".parquet"):
                with one_sentence(f"The scratch rows {folder} cannot be read"):
                    rows = pq.read_metadata(info.path, filesystem=self.store.fs).num_rows
                found += [f"{folder}/{name}"] if rows else []
        return found


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
