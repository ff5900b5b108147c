"""Counting what a worker reads, by table, where it reads it."""

from __future__ import annotations

from collections.abc import Collection

import pyarrow.parquet as pq

from plateia.records import Amount


class Amounts(dict[str, Amount]):
    """Rows and bytes read, by table name."""

    def count(self, table: str, metadata: pq.FileMetaData, groups: Collection[int], columns: Collection[str]) -> None:
        """Count some row groups of a file, of which some columns are read."""
        wanted = set(columns)
        found = self.get(table, Amount())
        for index in groups:
            group = metadata.row_group(index)
            sizes = [
                chunk.total_compressed_size
                for chunk in (group.column(position) for position in range(group.num_columns))
                if chunk.path_in_schema.partition(".")[0] in wanted
            ]
            found += Amount(group.num_rows, sum(sizes))
        self[table] = found
