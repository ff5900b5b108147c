"""Settling a run: one whose pointers have moved gets its records; of one that never published, nothing stays."""

from __future__ import annotations

from plateia.lake import commits, delta
from plateia.lake.publishing.crashpoints import reached
from plateia.lake.publishing.receipts import Receipt, read_receipt, remove_receipt
from plateia.lake.store import Store, one_sentence
from plateia.tables import (
    AUDIENCE_CHANGES,
    AUDIENCE_CURRENT,
    AUDIENCE_MEMBERS,
    AUDIENCE_RUNS,
    EVENT_TOTALS,
    QUALITY_RESULTS,
    Table,
)
from plateia.trace import log

_STAGED = (AUDIENCE_MEMBERS, AUDIENCE_CHANGES)
_SWEPT = (*_STAGED, EVENT_TOTALS)  # daily totals stay where a run committed them, whether it published or not


def settle(store: Store, run_id: str) -> None:
    """Finish a run that has published, or remove whatever it left; from here on it can no longer publish."""
    receipt = read_receipt(store, run_id)
    published = commits.fence(store, AUDIENCE_CURRENT, run_id)
    reached("fenced")
    if receipt is not None and (published or not receipt.points):
        log("lake").warning("the run %s published and ended before it said so: its records are completed", run_id)
        record(store, receipt)
    elif not published:
        for table in _STAGED:
            commits.fence(store, table, run_id)
            _uncommit(store, table, run_id)
        reached("uncommitted")
    sweep(store, run_id)
    reached("cleaned")
    remove_receipt(store, run_id)


def record(store: Store, receipt: Receipt) -> None:
    """Write the history of a run; each part only once, however often this is called."""
    runs, quality = receipt.runs, receipt.quality
    commits.commit_once(
        store, AUDIENCE_RUNS, lambda: commits.write_rows(store, AUDIENCE_RUNS, runs), app=receipt.run_id
    )
    reached("runs")
    commits.commit_once(
        store, QUALITY_RESULTS, lambda: commits.write_rows(store, QUALITY_RESULTS, quality), app=receipt.run_id
    )
    reached("quality")


def sweep(store: Store, run_id: str) -> None:
    """Delete the files of a run that no commit names: failed attempts, sifted originals, abandoned stagings."""
    for table in _SWEPT:
        inside = _written(store, table, run_id)
        snapshot = delta.load(store, table.name) if inside else None
        mine = {"run_id": [run_id]}
        files = [] if snapshot is None else delta.data_files(store, table.name, snapshot, partition=mine)
        live = {file.path for file in files}
        for path in inside:
            if path not in live:
                store.remove(path)
        for folder in {_folder(path) for path in inside} - {_folder(path) for path in live}:
            store.remove_folder(folder)


def is_unsettled(store: Store, run_id: str) -> bool:
    """Whether a run has left a receipt, or files without having published them."""
    if read_receipt(store, run_id) is not None:
        return True
    if not any(_written(store, table, run_id) for table in _STAGED):
        return False
    snapshot = delta.load(store, AUDIENCE_CURRENT.name)
    return snapshot is None or snapshot.transaction_version(run_id) is None


def _written(store: Store, table: Table, run_id: str) -> list[str]:
    """Every file of a run's partitions, committed or not."""
    sites = [info.base_name for info in store.listing(table.name) if info.base_name.startswith("site=")]
    return [info.path for site in sites for info in store.listing(table.name, site, f"run_id={run_id}")]


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _uncommit(store: Store, table: Table, run_id: str) -> None:
    """Take the files of a run out of a table's log; nobody reads them, since no pointer ever named the run."""
    snapshot = delta.ensure(store, table)
    files = delta.data_files(store, table.name, snapshot, partition={"run_id": [run_id]})
    if files:
        with one_sentence(f"The table {table.name} of the lake cannot be written"):
            commits.commit(snapshot, table, removed=[delta.log_path(store, table, file) for file in files])
