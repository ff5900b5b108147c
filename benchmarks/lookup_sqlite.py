"""What one would pick instead of the lookup store: one SQLite table by token."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa

from benchmarks.lookup_rows import PURPOSES
from plateia.lookup import Entry

_TABLE = """create table members (token blob primary key, person_id text, confidence real, granted int, withdrawn int)
without rowid"""
_FIND = "select person_id, confidence, granted, withdrawn from members where token = ?"


class Table:
    """A table of members in a file, read through a memory map; it finds what the store finds."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = sqlite3.connect(path)
        for pragma in ("mmap_size = 17179869184", "cache_size = -1000000", "journal_mode = off", "synchronous = off"):
            self._file.execute(f"pragma {pragma}")

    @property
    def size_bytes(self) -> int:
        """The length of the file."""
        return self._path.stat().st_size

    def build(self, batches: Iterable[pa.RecordBatch]) -> None:
        """Write all rows in one transaction, in the order in which they come."""
        with self._file:
            self._file.execute(_TABLE)
            self.change(batches)

    def change(self, batches: Iterable[pa.RecordBatch]) -> None:
        """Write rows in place of those of the same token."""
        with self._file:
            for batch in batches:
                rows = zip(*(column.to_pylist() for column in batch.columns), strict=True)
                self._file.executemany("insert or replace into members values (?, ?, ?, ?, ?)", rows)

    def find(self, token: bytes) -> Entry | None:
        """What is known of a token."""
        row = self._file.execute(_FIND, (token,)).fetchone()
        if row is None:
            return None
        person_id, confidence, granted, withdrawn = row
        said = granted | withdrawn
        consent = {purpose: bool(granted >> i & 1) for i, purpose in enumerate(PURPOSES) if said >> i & 1}
        return Entry(person_id, person_id is None, confidence, consent)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
