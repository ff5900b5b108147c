"""A folder of shards: LMDB files that hold their records in the order of the keys, and are never changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

import lmdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from plateia.errors import LakeError, PlateiaError
from plateia.lookup.manifest import FORMAT, sync_folder
from plateia.lookup.sorting import Spill

_SEAL = b"\xffplateia"  # of another length than keys: none can be equal to it
_ROWS_A_SLICE = 50_000
_PAGES = 2**20  # a map grows by whole ones of these
_LARGE_BYTES = 1_000  # from here on a value may take pages of its own


def write_shards(folder: Path, records: Iterable[pa.RecordBatch], *, shards: int) -> None:
    """Write records (``RECORDS``, in any order) to a folder that is not there yet; returns when they are on the disk.

    Memory is that of one batch and of one shard, while it is sorted.

    Raises:
        LakeError: Two records of one key differ, or a shard cannot be written.
    """
    folder.mkdir()
    spill = Spill(folder / "spill", shards)
    spill.add(records)
    try:
        for shard in range(shards):
            _write(_file(folder, shard), spill.take_sorted(shard), _seal(folder, shard, shards))
    except lmdb.Error as error:
        expected = "room on the disk, and the right to write"
        raise LakeError.because(f"a shard that cannot be written ({error})", expected=expected) from None
    spill.remove()
    sync_folder(folder)
    sync_folder(folder.parent)


def open_shards(folder: Path, *, shards: int) -> tuple[lmdb.Environment, ...]:
    """The shards of a folder, to be read. They close when nothing refers to them.

    Raises:
        LakeError: One of them is missing, cut short, of another store, or open in this process already.
    """
    with ExitStack() as opened:
        found = []
        for shard in range(shards):
            found.append(_open(_file(folder, shard), _seal(folder, shard, shards)))
            opened.callback(found[-1].close)
        opened.pop_all()
        return tuple(found)


def _file(folder: Path, shard: int) -> Path:
    return folder / f"{shard:04d}.mdb"


def _seal(folder: Path, shard: int, shards: int) -> bytes:
    return f"{FORMAT} {folder.name} {shard}/{shards}".encode()


def _write(path: Path, records: Iterator[pa.Table], seal: bytes) -> None:
    """Write a shard, a commit a table: what waits for its commit waits in memory."""
    # Not a writable map: where a disk is full, that ends the process, while a write ends in an error.
    with lmdb.open(str(path), map_size=_PAGES, subdir=False, mode=0o644, lock=False, sync=False) as shard:
        for table in records:
            shard.set_mapsize(shard.info()["map_size"] + _most_bytes(table))
            with shard.begin(write=True) as transaction, transaction.cursor() as cursor:
                for rows in table.to_batches(max_chunksize=_ROWS_A_SLICE):
                    keys, values = (column.to_pylist() for column in rows.columns)
                    cursor.putmulti(zip(keys, values, strict=True), append=True)
        with shard.begin(write=True) as transaction:
            transaction.put(_SEAL, seal)
        shard.sync(True)


def _most_bytes(table: pa.Table) -> int:
    """What records may take of a map; it takes no disk."""
    lengths = pc.binary_length(table.column("value")).to_numpy()
    needed = 2 * (lengths.sum() + 64 * len(lengths)) + 8192 * np.count_nonzero(lengths > _LARGE_BYTES)
    return int(needed // _PAGES + 1) * _PAGES


def _open(path: Path, seal: bytes) -> lmdb.Environment:
    try:
        shard = lmdb.open(str(path), subdir=False, readonly=True, create=False, lock=False, readahead=False)
    except lmdb.Error as error:
        raise _unfit(path, is_open="already open" in str(error)) from None
    try:
        # Behind the end of a file there is no error, but the end of the process; so its length comes first.
        is_whole = (shard.info()["last_pgno"] + 1) * shard.stat()["psize"] <= path.stat().st_size
        with shard.begin() as transaction:
            is_ours = is_whole and transaction.get(_SEAL) == seal
    except (lmdb.Error, OSError):
        is_ours = False
    if not is_ours:
        shard.close()
        raise _unfit(path)
    return shard


def _unfit(path: Path, *, is_open: bool = False) -> PlateiaError:
    got = (
        "a file that this process has open already"
        if is_open
        else "a file that is missing, cut short, or of another store"
    )
    expected = "one `LookupStore` a folder and process" if is_open else "a whole shard of this lookup store"
    hint = None if is_open else "Publish the identities to an empty folder."
    return LakeError.because(got, expected=expected, hint=hint, file=str(path))
