"""The plain records that the lake, the transforms and the jobs hand to each other. No reading, no writing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import pyarrow as pa

VerdictName = Literal["published", "unchanged", "held", "failed", "rolled_back"]
Scalar = str | int | float | bool | datetime | None


@dataclass(frozen=True, slots=True)
class DataFile:
    """A live Parquet file of a Delta table at one version.

    ``path`` is for the lake's file system; ``minimum`` and ``maximum`` are the log's statistics (times as instants,
    cut to milliseconds where Spark wrote them).
    """

    path: str
    partition: Mapping[str, object]
    rows: int
    bytes: int
    minimum: Mapping[str, object] = field(default_factory=dict)
    maximum: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, order=True)
class SourceFile:
    """A file that a source delivers, as the file system knows it: one that is rewritten differs."""

    path: str
    bytes: int
    modified_ms: int


@dataclass(frozen=True, slots=True)
class Volume:
    """Events of a block that lie together: the first and the last instant, microseconds, and how many they are."""

    first: int
    last: int
    rows: int


@dataclass(frozen=True, slots=True)
class EventPeriod:
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
class PackedTotals:
    """Daily totals of a key in a period: how many rows they are, and their bytes."""

    rows: int
    data: bytes


@dataclass(frozen=True, slots=True)
class FreshTotals:
    """Daily totals that a run has made of a period, by key, beside the kept keys that it used."""

    period: EventPeriod
    packed: dict[str, PackedTotals] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Amount:
    """What was read of a table: decoded rows, and the bytes of the columns and row groups that hold them."""

    rows: int = 0
    bytes: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.rows + other.rows, self.bytes + other.bytes)


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A Parquet file that a run has written and nobody has committed; ``path`` is relative to its table's folder."""

    table: str
    site: str
    run_id: str
    path: str
    bytes: int
    rows: int
    modified_ms: int
    stats: str  # JSON, as Delta's log wants it


@dataclass(frozen=True, slots=True)
class BlockFiles:
    """What a worker may read of one (site, block): files of one pinned version a table; none may be missing."""

    site: str
    block: int
    people: tuple[DataFile, ...]
    events: Mapping[str, tuple[DataFile, ...]]  # by event type
    members: tuple[DataFile, ...] = ()  # of the runs that audience_current points to
    changes: tuple[DataFile, ...] = ()  # of the runs of ``BlockInputs.history``
    scores: tuple[DataFile, ...] = ()  # of the runs of ``BlockInputs.scores``
    consents: tuple[DataFile, ...] = ()
    relations: Mapping[str, tuple[DataFile, ...]] = field(default_factory=dict)  # by name; those that start at people
    totals: tuple[DataFile, ...] = ()  # daily totals of any event type and period


@dataclass(frozen=True, slots=True)
class CurrentScores:
    """The run whose scores of a model are the current ones of a site, and the least score that it keeps there."""

    run_id: str
    least: float


@dataclass(frozen=True, slots=True)
class BlockInputs:
    """What all blocks of a site have in common: the lake, the tables' columns, and whose members are published."""

    uri: str
    schemas: Mapping[str, pa.Schema]  # by table name: people, event_<type>, consents, relation_<name>
    current: Mapping[str, str]  # audience -> the run whose members its pointer names, on this site
    # Audience -> as_of (microseconds) and run of the changes that may be asked for, in the order of publication.
    history: Mapping[str, tuple[tuple[int, str], ...]] = field(default_factory=dict)
    scores: Mapping[str, CurrentScores] = field(default_factory=dict)  # those that may be asked for
    entities: Mapping[str, tuple[DataFile, ...]] = field(default_factory=dict)  # relation between entities -> its files


@dataclass(frozen=True, slots=True)
class Change:
    """Who entered and who left an audience in a block by one run, as Roaring bytes; ``as_of`` in microseconds."""

    as_of: int
    entered: bytes
    left: bytes


@dataclass(frozen=True, slots=True)
class BlockScores:
    """A model's scores of a block, as ``scores`` holds them.

    Attributes:
        deciles: uint8 a place, 1 the best tenth, 255 without a score; places behind the last one have none.
        kept: The places of the best tenth as Roaring bytes; ``values`` float32, one each, in their order.
        least: The least score that is kept anywhere on the site.
    """

    deciles: bytes
    kept: bytes
    values: bytes
    least: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gates decided of one audience on one site, from what was written.

    Attributes:
        as_of: The business instant on that site, UTC.
        reasons: One sentence each, without a person's data; empty unless held or failed.
        size: Members; None if it could not be computed. ``entered`` and ``left`` are against ``previous_run_id``.
        previous_run_id: The run whose members the pointer named when the block tasks read it; None before the first.
        core_ms: Processor time, split over shared leaves.
        definition_hash: SHA-256 hex of the canonical JSON.
    """

    site: str
    audience: str
    verdict: VerdictName
    as_of: datetime
    reasons: tuple[str, ...] = ()
    size: int | None = None
    entered: int | None = None
    left: int | None = None
    previous_run_id: str | None = None
    core_ms: float | None = None
    leaves: int | None = None
    definition_hash: str | None = None
