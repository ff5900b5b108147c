"""The lookup store of the published identities, brought up to date: a snapshot, or what has changed since the last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame, SparkSession

from jobs.identity.scope import Scope
from jobs.identity.state import State, read_pinned, read_state
from plateia.errors import LakeError
from plateia.lake import Lake
from plateia.lake.scratch import Scratch, Written
from plateia.lookup import Manifest, read_manifest, write_overlay, write_snapshot
from plateia.tables import (
    IDENTITY_CURRENT,
    IDENTITY_MEMBERS,
    IDENTITY_REDIRECTS,
    IDENTITY_SHARED,
    IDENTITY_WORDS,
)
from plateia.trace import log
from transforms.identity.serving import answers, changed_rows

_log = log("identity")
# Of the values, past ones among them: beyond it a snapshot costs little more than an overlay, and answers faster.
_SMALL = 0.1


def serve(scope: Scope, keep: Scratch) -> None:
    """Make the lookup store that the environment names, if it names one, answer what is published now.

    Its version is that of ``identity_current``. Safe to repeat. After people were forgotten it is a snapshot, so that
    nothing of what was answered before is left in any file.

    Raises:
        LakeError: The store cannot be written; it answers as before.
    """
    lookup, lake, purposes = scope.workspace.environment.lookup, scope.lake, scope.purposes
    if lookup is None:
        return
    folder, state = Path(lookup.path), read_state(lake)
    version, source = lake.version(IDENTITY_CURRENT.name), lake.table_id(IDENTITY_CURRENT.name)
    assert version is not None  # something is published
    assert source is not None
    now = _rows(lake, scope.spark, state, purposes)
    base = _base(folder, (tuple(purposes), lookup.shards, state.facts["kid"], source))
    values = sum(file.rows for file in lake.files(IDENTITY_MEMBERS.name, version=state.pins[IDENTITY_MEMBERS.name]))
    changes = None if base is None else _changes(lake, scope.spark, base, state, now, keep, most=_SMALL * values)
    if base is None or changes is None:
        members, redirects = (keep.written(rows, f"lookup-{place}") for place, rows in enumerate(now))
        manifest = write_snapshot(
            folder,
            members,
            redirects,
            version=version,
            purposes=purposes,
            shards=lookup.shards,
            key_id=state.facts["kid"],
            source=source,
        )
    else:
        changed, redirects = changes
        gone = (token for batch in _those(changed, gone=True) for token in batch["token"].to_pylist())
        fresh, moved = _those(changed, gone=False), _those(redirects, gone=False)
        manifest = write_overlay(folder, fresh, moved, gone, version=version, base=base.base)
    _log.info("lookup store: version %d, %s", version, "a snapshot" if manifest.overlay is None else "an overlay")


def _base(folder: Path, wanted: tuple[tuple[str, ...], int, str, str]) -> Manifest | None:
    """What a snapshot answers that changes can be told against; None: there is none of this kind.

    Args:
        wanted: Its purposes, shards, key and source.
    """
    try:
        found = read_manifest(folder)
    except LakeError:
        return None
    return found if (found.purposes, found.shards, found.key_id, found.source) == wanted else None


def _changes(
    lake: Lake,
    spark: SparkSession,
    base: Manifest,
    state: State,
    now: Sequence[DataFrame],
    keep: Scratch,
    *,
    most: float,
) -> tuple[Written, Written] | None:
    """What is other than in the snapshot, values and redirects.

    None if that is more than ``most``, if people were forgotten since, or if nobody can say.
    """
    try:
        then = read_state(lake, version=base.base)
        if then.facts["tombstones"] != state.facts["tombstones"]:
            return None
        before = _rows(lake, spark, then, base.purposes)
        values, redirects = (
            keep.written(changed_rows(old, new, key), f"lookup-changed-{key}")
            for old, new, key in zip(before, now, ("token", "person_id"), strict=True)
        )
    except LakeError as error:
        _log.warning("lookup store: a new snapshot, as %s", error)
        return None
    return (values, redirects) if values.rows <= most else None


def _rows(lake: Lake, spark: SparkSession, state: State, purposes: Sequence[str]) -> tuple[DataFrame, DataFrame]:
    """The answers of a publication, and its redirects."""
    read = partial(read_pinned, spark, lake, state)
    values = answers(read(IDENTITY_MEMBERS), read(IDENTITY_SHARED), read(IDENTITY_WORDS), purposes)
    return values, read(IDENTITY_REDIRECTS).select("person_id", "current_person_id")


def _those(rows: Written, *, gone: bool) -> Iterator[pa.RecordBatch]:
    for batch in rows:
        is_gone = batch["is_gone"]
        yield batch.filter(is_gone if gone else pc.invert(is_gone)).drop_columns("is_gone")
