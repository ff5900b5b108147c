"""Rows in whole groups: brought together, and cut between groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame

from transforms.shuffling import shuffle_parts


def by_group(rows: DataFrame, key: str) -> DataFrame:
    """The rows, each group in one partition and in a row there, as ``whole_groups`` takes them."""
    return rows.repartition(shuffle_parts(rows), key).sortWithinPartitions(key)


def whole_groups(batches: Iterable[pa.RecordBatch], key: str) -> Iterator[tuple[pa.Table, list[tuple[int, int]]]]:
    """Tables that hold whole groups, and where each group begins and ends.

    Args:
        batches: Rows sorted by ``key`` (LONG, not null).
    """
    rest: pa.Table | None = None
    for batch in batches:
        if batch.num_rows == 0:
            continue
        table = pa.Table.from_batches([batch])
        table = table if rest is None else pa.concat_tables([rest, table])
        starts = _starts(table, key)
        if len(starts) > 1:
            yield from _cut(table.slice(0, starts[-1]), starts[:-1])
        rest = table.slice(starts[-1])
    if rest is not None:
        yield from _cut(rest, [0])


def _starts(table: pa.Table, key: str) -> list[int]:
    values = table[key].to_numpy()
    return [0, *(np.flatnonzero(values[1:] != values[:-1]) + 1).tolist()]


def _cut(table: pa.Table, starts: list[int]) -> Iterator[tuple[pa.Table, list[tuple[int, int]]]]:
    yield table, list(zip(starts, [*starts[1:], table.num_rows], strict=True))
