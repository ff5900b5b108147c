"""What a run is about to compute, and what it has read, for its log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from jobs.building import Build
from plateia.records import Amount
from plateia.trace import log


def announce(build: Build) -> None:
    """Say how much there is to do."""
    log("build").info(
        "%d audiences, %d distinct leaves, %d blocks on %d sites",
        len(build.keys),
        sum(len(plan.leaves) for plan in build.plans.values()),
        len(build.tasks),
        len(build.plans),
    )


def log_amounts(read: Iterable[Mapping[str, Amount]]) -> None:
    """Say how many rows and bytes the block tasks read, in total and by table."""
    found: dict[str, Amount] = defaultdict(Amount)
    for amounts in read:
        for table, amount in amounts.items():
            found[table] += amount
    parts = [f"{table} {_told(amount)}" for table, amount in sorted(found.items())]
    log("build").info("read %s: %s", _told(sum(found.values(), Amount())), "; ".join(parts) or "nothing")


def _told(amount: Amount) -> str:
    return f"{amount.rows:,} rows, {amount.bytes:,} bytes"
