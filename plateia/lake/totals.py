"""Keeping the daily totals of a run: its files in, those that they replace out, in one commit."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from plateia.lake import commits, delta
from plateia.lake.store import one_sentence
from plateia.records import StagedFile
from plateia.tables import EVENT_TOTALS

if TYPE_CHECKING:
    from plateia.lake.lake import Lake


def keep_totals(lake: Lake, staged: Sequence[StagedFile], replaced: Collection[str], *, run_id: str) -> None:
    """Commit a run's daily totals, once, and delete the files that they replace; under the lease ``publish``.

    Nothing else reads those: whoever loses them reads the events again.
    """
    if not staged and not replaced:
        return
    snapshot = delta.ensure(lake.store, EVENT_TOTALS)
    if snapshot.transaction_version(run_id) is not None:
        return
    old = set(replaced)
    gone = [file for file in delta.data_files(lake.store, EVENT_TOTALS.name, snapshot) if file.path in old]
    removed = [delta.log_path(lake.store, EVENT_TOTALS, file) for file in gone]
    with one_sentence(f"The table {EVENT_TOTALS.name} of the lake cannot be written"):
        added = [commits.add_action(EVENT_TOTALS, file) for file in staged]
        commits.commit(snapshot, EVENT_TOTALS, added=added, removed=removed, app=run_id)
    for file in gone:
        lake.store.remove(file.path)
