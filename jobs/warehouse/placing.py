"""Writing a table so that partitions whose rows are the same keep the files that they have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from pyspark.sql import DataFrame

from jobs.warehouse.scope import Scope
from plateia.lake import Lake
from plateia.tables import Table
from transforms.shuffling import SMALL, shuffle_parts
from transforms.warehouse.changes.partitions import differing, inside

Arrange = Callable[[DataFrame], DataFrame]
Keep = Callable[[DataFrame], DataFrame]


def place(scope: Scope, lake: Lake, rows: DataFrame, table: Table, *, arrange: Arrange, writer: str) -> int:
    """Make a table hold some rows, and no others; returns the version that does.

    It is the pinned version if that holds them already. Partitions that differ are written anew, or all of them if
    they have most of the rows.

    Args:
        arrange: Lays rows out in the files of a write.
        writer: What the write is known as; the same does it once.
    """
    columns = table.schema.names
    pin = scope.run.pins.get(table.name)
    before = None if pin is None else scope.read(table.name, pin)
    if pin is None or before is None or _types(before) != _types(rows.select(*columns)):
        return lake.write_frame(arrange(rows), table, run_id=writer)
    found = differing(before.select(*columns), rows.select(*columns), by=table.partition_by).collect()
    if not found:
        return pin
    stored = sum(file.rows for file in lake.files(table.name, version=pin))
    if not table.partition_by or 2 * sum(row["rows"] for row in found) > stored:
        return lake.write_frame(arrange(rows), table, run_id=writer)
    by = table.partition_by
    parts = [tuple(row[column] for column in by) for row in found]
    lake.rewind(table.name, pin)
    changed = arrange(rows.where(inside(by, parts)))
    return lake.write_frame(changed, table, run_id=writer, parts=parts)


@contextmanager
def kept_frames() -> Iterator[Keep]:
    """A function that keeps a frame's rows from their first use to the end of the block."""
    with ExitStack() as stack:

        def keep(frame: DataFrame) -> DataFrame:
            kept = frame.persist()
            stack.callback(kept.unpersist)
            return kept

        yield keep


def in_few_parts(frame: DataFrame, rows: int) -> DataFrame:
    """A frame that is kept in as many parts as there are cores, if it is small: each query of it runs a task a part."""
    return frame.coalesce(frame.sparkSession.sparkContext.defaultParallelism) if rows <= SMALL else frame


def co_located(frame: DataFrame, by: Sequence[str], rows: int, keep: Keep) -> DataFrame:
    """The side of several joins on ``by``: it is moved only once, and looked up where it then is if it is small."""
    parts = shuffle_parts(frame)
    placed = keep(frame.repartition(parts, *by))
    return placed.hint("shuffle_hash") if rows <= parts * SMALL else placed


def _types(frame: DataFrame) -> Mapping[str, str]:
    return {field.name: field.dataType.simpleString() for field in frame.schema.fields}
