"""Leases: one run at a time does a named piece of work."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import pyarrow as pa

from plateia import clock
from plateia.errors import LakeError, PlateiaError
from plateia.lake import commits, delta
from plateia.lake.holder import is_gone, this_process
from plateia.lake.store import Store
from plateia.tables import LEASES

HOURS = 12.0


@dataclass(frozen=True, slots=True)
class Lease:
    """A row of ``leases``: who does what, since when, and when others may take it over."""

    name: str
    run_id: str
    holder: str
    since: datetime
    until: datetime

    def is_dead(self, now: datetime) -> bool:
        """Whether it has run out, or its holder is provably gone."""
        return self.until <= now or is_gone(self.holder)


def acquire(store: Store, name: str, run_id: str, *, hours: float = HOURS) -> Lease:
    """Take a lease; of several that ask at once exactly one gets it. Rows of dead holders stay beside it.

    Raises:
        LakeError: Another run holds it: who, until when, what to do.
    """
    now = clock.now()
    mine = Lease(name, run_id, this_process(), now, now + timedelta(hours=hours))

    def change(rows: pa.Table) -> pa.Table:
        leases = _leases(rows)
        for other in leases:
            if other.name == name and not other.is_dead(now):
                raise _taken(other)
        return _rows([*leases, mine])

    commits.swap(store, LEASES, change)
    return mine


def release(store: Store, run_ids: Collection[str]) -> None:
    """Remove the leases of runs; those that are gone already are no error."""

    def change(rows: pa.Table) -> pa.Table | None:
        leases = _leases(rows)
        kept = [lease for lease in leases if lease.run_id not in run_ids]
        return _rows(kept) if len(kept) < len(leases) else None

    commits.swap(store, LEASES, change)


def standing(store: Store) -> list[Lease]:
    """Every lease that nobody has released, dead ones included."""
    return _leases(delta.read_rows(store, LEASES, delta.ensure(store, LEASES)))


def _leases(rows: pa.Table) -> list[Lease]:
    return [Lease(**row) for row in rows.to_pylist()]


def _rows(leases: Collection[Lease]) -> pa.Table:
    return pa.Table.from_pylist([asdict(lease) for lease in leases], schema=LEASES.schema)


def _taken(other: Lease) -> PlateiaError:
    since, until = (clock.iso(instant.replace(microsecond=0)) for instant in (other.since, other.until))
    return LakeError.because(
        f"{other.name} is being run by {other.run_id} ({other.holder}), which holds its lease since {since}",
        hint=f"Wait for it to end; if it is dead without a trace, start again after {until}.",
    )
