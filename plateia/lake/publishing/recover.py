"""Recovery: taking a lease settles what dead holders left; releasing it settles one's own run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from plateia import clock
from plateia.errors import PlateiaError
from plateia.lake import lease
from plateia.lake.publishing.crashpoints import reached
from plateia.lake.publishing.receipts import receipted_runs
from plateia.lake.publishing.settle import is_unsettled, settle
from plateia.lake.store import Store
from plateia.trace import log

if TYPE_CHECKING:
    from plateia.lake.lake import Lake


def recover(lake: Lake) -> list[str]:
    """Settle every dead run: of a lease that ended without release, or with a receipt and no lease at all.

    Taking a lease does this by itself. Returns the ids of the runs that were settled.
    """
    return settle_dead(lake.store)


@contextmanager
def held(store: Store, name: str, run_id: str, *, hours: float) -> Iterator[None]:
    """Hold a lease while the block runs; then settle this run and release the lease, whatever happened.

    Raises:
        LakeError: Another run holds it: who, until when, what to do.
    """
    lease.acquire(store, name, run_id, hours=hours)
    reached("leased")
    try:
        settle_dead(store)
        yield
    except BaseException:
        try:
            _end(store, run_id)
        except PlateiaError as error:  # what went wrong first is what the user needs to hear
            log("lake").warning("the run %s could not clean up: %s", run_id, error)
        raise
    _end(store, run_id)


def settle_dead(store: Store) -> list[str]:
    """Settle the runs of dead leases and those whose receipt nobody holds a lease for; returns their ids.

    The rows of dead holders stay until their runs are settled: a successor that dies meanwhile loses nothing.
    """
    receipted = receipted_runs(store)  # before the leases: whoever has written one by now is seen holding its lease
    now = clock.now()
    rows = lease.standing(store)
    alive = {row.run_id for row in rows if not row.is_dead(now)}
    dead = sorted({row.run_id for row in rows if row.is_dead(now)} | set(receipted) - alive)
    for run_id in dead:
        log("lake").warning("the run %s ended without releasing its lease: settling what it left", run_id)
        settle(store, run_id)
    if dead:
        lease.release(store, dead)
    return dead


def _end(store: Store, run_id: str) -> None:
    if is_unsettled(store, run_id):
        settle(store, run_id)
    lease.release(store, [run_id])
