"""Publishing: staged files become rows, and one commit to ``audience_current`` makes them the published ones.

Order of steps, each of which a crash may follow: receipt, sift, audience_members, audience_changes (both count for
nothing yet), **audience_current**, audience_runs, quality_results, sweep, receipt removed. ``recover`` does the rest.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from plateia import clock
from plateia.errors import LakeError, PlateiaError
from plateia.lake import commits, delta
from plateia.lake.publishing.crashpoints import reached
from plateia.lake.publishing.receipts import POINTING, Receipt, receipt_of, remove_receipt, write_receipt
from plateia.lake.publishing.settle import record, sweep
from plateia.lake.publishing.sift import sift
from plateia.records import StagedFile, Verdict
from plateia.tables import AUDIENCE_CHANGES, AUDIENCE_CURRENT, AUDIENCE_MEMBERS
from plateia.trace import Run

if TYPE_CHECKING:
    from plateia.lake.lake import Lake


def publish(
    lake: Lake,
    *,
    run: Run,
    staged: Sequence[StagedFile],
    verdicts: Sequence[Verdict],
    quality: pa.Table | None = None,
) -> None:
    """Publish what a run has staged and its gates have judged; to be called once a run, under its lease.

    A ``published`` audience's pointer moves to this run; an ``unchanged`` one keeps its run and takes the new as_of;
    ``held`` and ``failed`` ones keep their pointer. Only the rows of published audiences are committed.

    Args:
        quality: Rows of ``quality_results``.

    Raises:
        LakeError: The lake cannot be written, a pointer has moved since the run read it, or this run has published
            or was taken for dead already. Nothing of the run is published then.
    """
    store, run_id = lake.store, run.run_id
    _check(lake, run_id, staged, verdicts)
    receipt = receipt_of(run_id, verdicts, quality, published_at=clock.now())
    reached("staged")
    write_receipt(store, receipt)
    reached("receipt")
    kept = sift(store, staged, keep=_published(verdicts), complete=_all_published(verdicts))
    reached("sifted")
    lake.commit_files(AUDIENCE_MEMBERS, kept, run_id=run_id)
    reached("members")
    lake.commit_files(AUDIENCE_CHANGES, kept, run_id=run_id)
    reached("changes")
    move_pointers(lake, receipt, {(v.site, v.audience): v.previous_run_id for v in verdicts})
    reached("pointer")
    record(store, receipt)
    sweep(store, run_id)
    reached("swept")
    remove_receipt(store, run_id)
    reached("receipt removed")


def move_pointers(lake: Lake, receipt: Receipt, expected: Mapping[tuple[str, str], str | None]) -> None:
    """The commit that publishes: this run's pointers in, in place of those they follow; all others stay."""
    if not receipt.points:
        return
    moved = {(row["site"], row["audience"]): row for row in receipt.current.to_pylist()}

    def change(rows: pa.Table) -> pa.Table:
        standing = {(row["site"], row["audience"]): row for row in rows.to_pylist()}
        for key in moved:
            found = standing[key]["run_id"] if key in standing else None
            if found != expected[key]:
                raise _moved(key, found, expected[key])
        after = sorted({**standing, **moved}.items())
        return pa.Table.from_pylist([row for _, row in after], schema=AUDIENCE_CURRENT.schema)

    sites = {site for site, _ in moved}
    commits.swap(lake.store, AUDIENCE_CURRENT, change, partition={"site": sites}, app=receipt.run_id)


def _moved(key: tuple[str, str], found: str | None, expected: str | None) -> PlateiaError:
    site, audience = key
    return LakeError.because(
        f"The audience {audience} of {site} points to {found or 'nothing'} and no longer to {expected or 'nothing'}: "
        "another run has published it meanwhile",
        hint="Run again.",
    )


def _check(lake: Lake, run_id: str, staged: Sequence[StagedFile], verdicts: Sequence[Verdict]) -> None:
    foreign = {file.run_id for file in staged} - {run_id}
    keys = [(verdict.site, verdict.audience) for verdict in verdicts]
    if foreign or len(set(keys)) != len(keys):
        raise ValueError("staged files of another run, or two verdicts for one audience of a site")
    if any(verdict.verdict == "unchanged" and verdict.previous_run_id is None for verdict in verdicts):
        raise ValueError("an audience without a published version cannot be unchanged")
    if any(verdict.verdict in POINTING and verdict.size is None for verdict in verdicts):
        raise ValueError("an audience of unknown size cannot be published")
    found = delta.ensure(lake.store, AUDIENCE_CURRENT).transaction_version(run_id)
    if found == commits.ABANDONED:
        raise commits.abandoned(run_id)
    if found is not None:
        raise LakeError.because(f"The run {run_id} has published already")


def _published(verdicts: Sequence[Verdict]) -> Collection[tuple[str, str]]:
    return {(verdict.site, verdict.audience) for verdict in verdicts if verdict.verdict == "published"}


def _all_published(verdicts: Sequence[Verdict]) -> bool:
    return all(verdict.verdict == "published" for verdict in verdicts)
