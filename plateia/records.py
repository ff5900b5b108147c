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
    changes: tuple[DataFile, ...] = ()  # of the runs of ``BlockInputs.entries``
    consents: tuple[DataFile, ...] = ()


@dataclass(frozen=True, slots=True)
class BlockInputs:
    """What all blocks of a site have in common: the lake, the tables' columns, and whose members are published."""

    uri: str
    schemas: Mapping[str, pa.Schema]  # by table name: people, event_<type>, consents
    current: Mapping[str, str]  # audience -> the run whose members its pointer names, on this site
    # Audience -> as_of (microseconds) and run of the changes that were published and may be asked for.
    entries: Mapping[str, tuple[tuple[int, str], ...]] = field(default_factory=dict)


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
