"""The rows of one audience among thousands, from a file that is ordered by audience."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import pyarrow.parquet as pq

from plateia.lake.blocks.amounts import Amounts
from plateia.lake.store import Store, one_sentence
from plateia.records import DataFile
from plateia.tables import Table

Row = dict[str, Any]


class AudienceRows:
    """The rows of a file of members or changes: the footer is read once, and each row group that is asked for once.

    Memory: the rows of the groups that have been read.
    """

    def __init__(self, store: Store, file: DataFile, table: Table, columns: Sequence[str], amounts: Amounts) -> None:
        """``columns``: to read beside audience and block."""
        self._store, self._file, self._table, self._amounts = store, file, table, amounts
        self._columns = ["audience", "block", *columns]
        self._read: dict[int, dict[str, list[Row]]] = {}

    def of(self, audience: str) -> list[Row]:
        """The audience's rows, in the order of the file."""
        low, high = self._file.minimum.get("audience"), self._file.maximum.get("audience")
        if isinstance(low, str) and isinstance(high, str) and not low <= audience <= high:
            return []
        return [row for group in self._groups(audience) for row in self._rows(group).get(audience, ())]

    def _groups(self, audience: str) -> Iterator[int]:
        """The row groups that may hold an audience; all of a file that does not say what they hold."""
        if self._bounds is None:
            yield from range(self._footer.num_row_groups)
            return
        lows, highs = self._bounds
        for group in range(bisect_left(highs, audience), len(lows)):
            if lows[group] > audience:
                return
            yield group

    @cached_property
    def _footer(self) -> pq.FileMetaData:
        with (
            one_sentence(f"{self._file.path} cannot be read"),
            self._store.fs.open_input_file(self._file.path) as source,
        ):
            return pq.read_metadata(source)

    @cached_property
    def _bounds(self) -> tuple[list[str], list[str]] | None:
        """The first and the last audience of each row group."""
        groups = range(self._footer.num_row_groups)
        # The audience is the first column of our own files.
        found = [self._footer.row_group(group).column(0).statistics for group in groups]
        if not all(each is not None and each.has_min_max for each in found):
            return None
        return [each.min for each in found], [each.max for each in found]

    def _rows(self, group: int) -> dict[str, list[Row]]:
        if group not in self._read:
            path = self._file.path
            with one_sentence(f"{path} cannot be read"), self._store.fs.open_input_file(path) as source:
                parquet = pq.ParquetFile(source, metadata=self._footer)
                rows = parquet.read_row_group(group, columns=self._columns, use_threads=False).to_pylist()
            self._amounts.count(self._table.name, self._footer, [group], self._columns)
            self._read[group] = defaultdict(list)
            for row in rows:
                self._read[group][row["audience"]].append(row)
        return self._read[group]
