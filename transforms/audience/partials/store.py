"""What a worker asks of the totals that earlier runs have kept of its block, and what it adds to them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Period:
    """The events of a block in one partition of an event table.

    Attributes:
        day: The first day of the partition, ISO.
        first, last: Instants between which all its events lie, both ends in; microseconds.
        source: A digest of the files that hold them: equal as long as no event has come, gone or changed.
    """

    event: str
    day: str
    first: int
    last: int
    rows: int
    source: str


@dataclass(frozen=True, slots=True)
class FreshTotals:
    """What a run found out about a period: ``packed`` by key, beside the keys that it used as they were kept."""

    period: Period
    packed: dict[str, bytes] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)


class TotalsStore(Protocol):
    """The kept totals of one block."""

    def periods(self, event: str) -> Sequence[Period]:
        """The partitions that the block has events of a type in, by day; none if it cannot be told when they are."""

    def kept(self, period: Period) -> Mapping[str, int]:
        """The keys that totals are kept of, from the very files of the period, and how many rows they have."""

    def load(self, period: Period, keys: Collection[str]) -> Mapping[str, bytes]:
        """The packed totals of kept keys."""
