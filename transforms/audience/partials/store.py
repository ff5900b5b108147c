"""What a worker asks of the daily totals that earlier runs have kept of its block."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from plateia.records import EventPeriod


class TotalsStore(Protocol):
    """The kept totals of one block."""

    def periods(self, event: str) -> Sequence[EventPeriod]:
        """The partitions that the block has events of a type in, by day; none if it cannot be told when they are."""

    def kept(self, period: EventPeriod) -> Mapping[str, int]:
        """The keys that totals are kept of, from the very files of the period, and how many rows they have."""

    def load(self, period: EventPeriod, keys: Collection[str]) -> Mapping[str, bytes]:
        """The packed totals of kept keys."""
