"""Member files: what workers write of a block, and how one audience among thousands is read again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from plateia.lake.blocks.amounts import Amounts
from plateia.lake.parquet import write_file
from plateia.lake.store import Store, one_sentence
from plateia.records import DataFile, StagedFile
from plateia.tables import AUDIENCE_CHANGES, AUDIENCE_MEMBERS, Table

if TYPE_CHECKING:
    from plateia.lake.lake import Lake


@dataclass(frozen=True)
class MemberWriter:
    """Writes what a worker computed of a block into the run's own partition; ``attempt`` is unique to the task."""

    uri: str
    attempt: str

    def write(self, site: str, run_id: str, block: int, *, members: pa.Table, changes: pa.Table) -> list[StagedFile]:
        """Write up to two files, ordered by audience; a table without rows writes none.

        Args:
            members: audience, size, hash, members; one row an audience that has members in the block.
            changes: audience, n_entered, n_left, entered, left; one row an audience that changed in the block.
        """
        store = Store.at(self.uri)
        partition = {"site": site, "run_id": run_id}
        name = f"{block:05d}-{self.attempt}.parquet"
        staged = []
        for table, rows in ((AUDIENCE_MEMBERS, members), (AUDIENCE_CHANGES, changes)):
            if rows.num_rows:
                blocks = pa.repeat(pa.scalar(block, pa.int32()), rows.num_rows)
                placed = rows.drop_columns(["block"] if "block" in rows.column_names else [])
                placed = placed.append_column("block", blocks).sort_by("audience")
                staged.append(write_file(store, table, placed, partition=partition, name=name))
        return staged


def audience_members(store: Store, file: DataFile, audience: str, amounts: Amounts | None = None) -> dict[int, bytes]:
    """Block -> Roaring bytes of one audience in a file of members; only row groups that may hold it are read.

    Args:
        amounts: Where to count what is read.
    """
    found = _rows_of(store, file, audience, AUDIENCE_MEMBERS, ("members",), amounts)
    return {row["block"]: row["members"] for row in found}


def audience_changes(
    store: Store, file: DataFile, audience: str, amounts: Amounts | None = None
) -> dict[int, tuple[bytes, bytes]]:
    """Block -> Roaring bytes of who entered and who left one audience, in a file of changes."""
    found = _rows_of(store, file, audience, AUDIENCE_CHANGES, ("entered", "left"), amounts)
    return {row["block"]: (row["entered"], row["left"]) for row in found}


def _rows_of(
    store: Store, file: DataFile, audience: str, table: Table, columns: Sequence[str], amounts: Amounts | None
) -> list[dict[str, Any]]:
    low, high = file.minimum.get("audience"), file.maximum.get("audience")
    if isinstance(low, str) and isinstance(high, str) and not low <= audience <= high:
        return []
    with one_sentence(f"{file.path} cannot be read"), store.fs.open_input_file(file.path) as source:
        parquet = pq.ParquetFile(source)
        groups = [index for index in range(parquet.num_row_groups) if _may_hold(parquet.metadata, index, audience)]
        wanted = ["audience", "block", *columns]
        rows = parquet.read_row_groups(groups, columns=wanted, use_threads=False)
    if amounts is not None:
        amounts.count(table.name, parquet.metadata, groups, wanted)
    mine: list[dict[str, Any]] = rows.filter(pc.equal(rows["audience"], audience)).to_pylist()
    return mine


def _may_hold(metadata: pq.FileMetaData, group: int, audience: str) -> bool:
    found = metadata.row_group(group).column(0).statistics  # audience is the first column of our own files
    return found is None or not found.has_min_max or bool(found.min <= audience <= found.max)


def run_members(lake: Lake, site: str, run_id: str, audience: str) -> Iterator[bytes]:
    """The Roaring bytes of an audience in a run, one a block that has members."""
    for file in lake.files(AUDIENCE_MEMBERS.name, partition={"site": [site], "run_id": [run_id]}):
        yield from audience_members(lake.store, file, audience).values()
