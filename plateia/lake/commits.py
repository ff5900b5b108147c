"""Committing to Delta tables with delta-rs: once an application, compare and swap, and a fence against the dead."""

from __future__ import annotations

import functools
import operator
import time
from collections.abc import Callable, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Transaction
from deltalake.exceptions import CommitFailedError
from deltalake.transaction import AddAction, RemoveAction

from plateia import clock
from plateia.errors import LakeError, PlateiaError
from plateia.lake.delta import Partition, data_files, ensure, log_path
from plateia.lake.parquet import read_files, write_file
from plateia.lake.store import Store, one_sentence
from plateia.records import StagedFile
from plateia.tables import Table
from plateia.trace import random_token

DONE, ABANDONED = 1, 0  # the version of a run's application transaction: its commit stands, or it may never come
_SWAP_ATTEMPTS = 40
_ROW_GROUP = 65_536
# delta-rs may drop log files that readers still need when it cleans up by itself (delta-rs issue 3692).
HOOKS = PostCommitHookProperties(cleanup_expired_logs=False)


def commit(
    snapshot: DeltaTable,
    table: Table,
    *,
    added: Sequence[AddAction] = (),
    removed: Sequence[str] = (),
    app: str | None = None,
    app_version: int = DONE,
    retries: int | None = None,
    said: Mapping[str, str] | None = None,
) -> int:
    """One commit on top of ``snapshot``: files in, files out, an application transaction; returns a version with it.

    With ``retries=0`` it fails if anybody has committed since; otherwise only if somebody touched the same files or
    the same application.

    Raises:
        CommitFailedError: Somebody else was first.
    """
    now_ms = int(clock.now().timestamp() * 1000)
    keys = table.partition_by
    removes = [RemoveAction(path, True, now_ms) for path in removed]
    properties = CommitProperties(
        custom_metadata=dict(said or {}),
        max_commit_retries=retries,
        app_transactions=[Transaction(app, app_version)] if app else None,
    )
    snapshot.create_write_transaction(
        [*added, *removes],
        "append",
        snapshot.schema(),
        list(keys) or None,
        commit_properties=properties,
        post_commithook_properties=HOOKS,
    )
    snapshot.update_incremental()  # a commit does not move the snapshot it was made from
    return int(snapshot.version())


def add_action(table: Table, file: StagedFile) -> AddAction:
    """What the log says of a staged file."""
    partition: dict[str, str | None] = {column: getattr(file, column) for column in table.partition_by}
    return AddAction(file.path, file.bytes, partition, file.modified_ms, data_change=True, stats=file.stats)


def commit_once(store: Store, table: Table, files: Callable[[], Sequence[StagedFile]], *, app: str) -> int:
    """Commit files unless this application has done so; ``files`` is called only if it has not.

    Raises:
        LakeError: The application was abandoned by whoever took over its lease, or the table cannot be written.
    """
    snapshot = ensure(store, table)
    if (found := _standing(snapshot, app)) is not None:
        return found
    with one_sentence(f"The table {table.name} of the lake cannot be written"):
        staged = files()
        if not staged:
            return int(snapshot.version())
        return commit(snapshot, table, added=[add_action(table, file) for file in staged], app=app)


def abandoned(app: str) -> PlateiaError:
    """The error of a run that was taken for dead."""
    return LakeError.because(
        f"The run {app} was taken for dead and its work removed: its lease had run out", hint="Start it again."
    )


def swap(
    store: Store,
    table: Table,
    change: Callable[[pa.Table], pa.Table | None],
    *,
    partition: Partition | None = None,
    app: str | None = None,
    said: Mapping[str, str] | None = None,
) -> int:
    """Replace the rows of partitions (all rows if None) by ``change`` of them, in one commit nobody can cut into.

    ``change`` returns None to leave everything as it is; it is called again if somebody else commits first.
    Returns the version that holds the rows.
    """
    for attempt in range(_SWAP_ATTEMPTS):
        snapshot = ensure(store, table)
        if (found := _standing(snapshot, app)) is not None:
            return found
        before = data_files(store, table.name, snapshot, partition=partition)
        after = change(read_files(store, table, before))
        if after is None:
            return int(snapshot.version())
        staged = write_rows(store, table, after)
        added = [add_action(table, file) for file in staged]
        removed = [log_path(store, table, file) for file in before]
        with one_sentence(f"The table {table.name} of the lake cannot be written"):
            try:
                return commit(snapshot, table, added=added, removed=removed, app=app, retries=0, said=said)
            except CommitFailedError:
                discard(store, staged)
        time.sleep(0.01 * attempt)
    raise LakeError.because(f"The table {table.name} of the lake is busy", hint="Try again in a moment.")


def _standing(snapshot: DeltaTable, app: str | None) -> int | None:
    """The version to answer with if the application's commit stands already; raises if it was abandoned."""
    found = None if app is None else snapshot.transaction_version(app)
    if found == ABANDONED:
        raise abandoned(str(app))
    return None if found is None else int(snapshot.version())


def fence(store: Store, table: Table, run_id: str) -> bool:
    """Whether a run's commit to a table stands; if not, it never will: the run's transaction is taken from it."""
    for attempt in range(_SWAP_ATTEMPTS):
        snapshot = ensure(store, table)
        found = snapshot.transaction_version(run_id)
        if found is not None:
            return bool(found == DONE)
        try:
            commit(snapshot, table, app=run_id, app_version=ABANDONED, retries=0)
            return False
        except CommitFailedError:
            time.sleep(0.01 * attempt)
    raise LakeError.because(f"The table {table.name} of the lake is busy", hint="Try again in a moment.")


def write_rows(store: Store, table: Table, rows: pa.Table) -> list[StagedFile]:
    """Write the rows of a control table as uncommitted files: one a partition, under a name nobody else has."""
    name = f"rows-{random_token()}{random_token()}.parquet"
    if not table.partition_by:
        return [write_file(store, table, rows, partition={}, name=name, row_group=_ROW_GROUP)] if rows.num_rows else []
    parts = rows.select(list(table.partition_by)).group_by(list(table.partition_by)).aggregate([]).to_pylist()
    staged = []
    for part in sorted(parts, key=lambda part: [str(value) for value in part.values()]):
        mine = rows.filter(functools.reduce(operator.and_, [pc.field(k) == v for k, v in part.items()]))
        staged.append(write_file(store, table, mine, partition=part, name=name, row_group=_ROW_GROUP))
    return staged


def discard(store: Store, staged: Sequence[StagedFile]) -> None:
    """Delete files that nobody has committed."""
    for file in staged:
        store.remove(store.path(file.table, file.path))
