"""Member files: what workers write of a block, and how one audience among thousands is read again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from plateia.lake.blocks.amounts import Amounts
from plateia.lake.blocks.rows import AudienceRows
from plateia.lake.parquet import write_file
from plateia.lake.store import Store
from plateia.records import StagedFile
from plateia.tables import AUDIENCE_CHANGES, AUDIENCE_MEMBERS

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
                placed = _ordered(placed.append_column("block", blocks))
                staged.append(write_file(store, table, placed, partition=partition, name=name))
        return staged


def _ordered(rows: pa.Table) -> pa.Table:
    """The rows by audience; sorting moves every bitmap, so rows that are in order stay where they are."""
    names = rows["audience"].to_pylist()
    return rows if names == sorted(names) else rows.sort_by("audience")


def run_members(lake: Lake, site: str, run_id: str, audience: str) -> Iterator[bytes]:
    """The Roaring bytes of an audience in a run, one a block that has members."""
    for file in lake.files(AUDIENCE_MEMBERS.name, partition={"site": [site], "run_id": [run_id]}):
        for row in AudienceRows(lake.store, file, AUDIENCE_MEMBERS, ["members"], Amounts()).of(audience):
            yield row["members"]
