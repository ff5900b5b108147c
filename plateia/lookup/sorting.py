"""Records in the order of their keys, shard by shard, through files beside what is being written."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from plateia.errors import LakeError
from plateia.lookup.encoding import RECORDS

ROWS_A_TABLE = 500_000

Numbers = npt.NDArray[np.uint64]


def shard_of(key: bytes, shards: int) -> int:
    """Where a key lies."""
    return int.from_bytes(key[:8], "big") % shards


class Spill:
    """A folder of files, one a shard; it is made here, and removed by ``remove``."""

    def __init__(self, folder: Path, shards: int) -> None:
        self._folder, self._shards = folder, shards
        folder.mkdir()

    def add(self, records: Iterable[pa.RecordBatch]) -> None:
        """Write records (``RECORDS``) to the shards where they lie. To be called once."""
        with ExitStack() as files:
            writers = [files.enter_context(pa.ipc.new_stream(self._file(i), RECORDS)) for i in range(self._shards)]
            for batch in records:
                places = _halves(batch.column("key"))[0] % np.uint64(self._shards)
                ordered = batch.take(pa.array(np.argsort(places, kind="stable")))
                counts = np.bincount(places.astype(np.int64), minlength=self._shards)
                for shard, (end, count) in enumerate(zip(np.cumsum(counts), counts, strict=True)):
                    if count:
                        writers[shard].write_batch(ordered.slice(end - count, count))

    def take_sorted(self, shard: int) -> Iterator[pa.Table]:
        """The records of a shard by key, each once, in tables of bounded length; its file is removed.

        Raises:
            LakeError: Two records of one key differ.
        """
        with pa.memory_map(self._file(shard)) as file:
            records = pa.ipc.open_stream(file).read_all().combine_chunks()
            if records.num_rows:
                order = _order(records)
                for start in range(0, len(order), ROWS_A_TABLE):
                    yield records.take(pa.array(order[start : start + ROWS_A_TABLE]))
        Path(self._file(shard)).unlink()

    def remove(self) -> None:
        """Remove what is left of it."""
        shutil.rmtree(self._folder)

    def _file(self, shard: int) -> str:
        return str(self._folder / f"{shard:04d}.arrows")


def _order(records: pa.Table) -> npt.NDArray[np.int64]:
    """The rows by key, those out that repeat one."""
    first, second = _halves(records.column("key").chunk(0))
    order = np.lexsort((second, first))
    same = (first[order[1:]] == first[order[:-1]]) & (second[order[1:]] == second[order[:-1]])
    values = records.column("value")
    for place in np.flatnonzero(same):
        if values[order[place]] != values[order[place + 1]]:
            got = "two different records of one token or person id"
            raise LakeError.because(got, expected="one of each, members and removed tokens together")
    return order[np.concatenate(([True], ~same))]


def _halves(keys: pa.Array) -> tuple[Numbers, Numbers]:
    """Both halves of keys, as numbers that compare as the bytes do."""
    width = keys.type.byte_width
    data = np.frombuffer(keys.buffers()[1], ">u8", 2 * len(keys), keys.offset * width).reshape(-1, 2)
    return data[:, 0].astype(np.uint64), data[:, 1].astype(np.uint64)
