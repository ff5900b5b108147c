"""Planning the block tasks: which files of which pinned versions each block of each site reads."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from plateia.lake.published import current
from plateia.records import BlockFiles, BlockInputs, DataFile
from plateia.tables import AUDIENCE_CHANGES, AUDIENCE_MEMBERS, AUDIENCE_RUNS, CONSENTS, INSTANT

if TYPE_CHECKING:
    from plateia.lake.lake import Lake

Span = tuple[int | None, int]
_COUNTED = pa.array(["published", "rolled_back"])  # the verdicts whose changes have happened


def block_inputs(
    lake: Lake,
    site: str,
    *,
    events: Collection[str],
    pins: Mapping[str, int],
    entered: Mapping[str, Span] | None = None,
    consents: bool = False,
) -> BlockInputs:
    """What the blocks of a site have in common.

    Args:
        events: The event types that may be asked for.
        entered: The audiences whose entries may be asked for, and when their runs were: microseconds, both ends in.
        consents: Whether consents may be asked for.
    """
    names = ["people", *(f"event_{event}" for event in sorted(events))]
    names += [CONSENTS.name] if consents and CONSENTS.name in pins else []
    found = {name: lake.schema(name, version=pins.get(name)) for name in names}
    pointers = {audience: str(row["run_id"]) for audience, row in current(lake, site).items()}
    schemas = {name: schema for name, schema in found.items() if schema is not None}
    return BlockInputs(lake.uri, schemas, pointers, _entries(lake, site, entered) if entered else {})


def _entries(lake: Lake, site: str, entered: Mapping[str, Span]) -> dict[str, tuple[tuple[int, str], ...]]:
    """The runs whose changes of an audience were published, in the order of the history."""
    rows = lake.rows(AUDIENCE_RUNS, columns=("run_id", "site", "audience", "as_of", "verdict"))
    wanted = pa.array(sorted(entered), pa.string())
    counts = pc.and_(pc.is_in(rows["verdict"], value_set=_COUNTED), pc.is_in(rows["audience"], value_set=wanted))
    rows = rows.filter(pc.and_(counts, pc.equal(rows["site"], site)))
    found: dict[str, list[tuple[int, str]]] = {audience: [] for audience in sorted(entered)}
    at_us = rows["as_of"].cast(INSTANT).cast(pa.int64()).to_pylist()
    for audience, at, run_id in zip(rows["audience"].to_pylist(), at_us, rows["run_id"].to_pylist(), strict=True):
        start, end = entered[audience]
        if (start is None or start <= at) and at <= end:
            found[audience].append((at, run_id))
    return {audience: tuple(sorted(runs)) for audience, runs in found.items()}


def block_files(
    lake: Lake, inputs: Mapping[str, BlockInputs], *, events: Collection[str], pins: Mapping[str, int]
) -> list[BlockFiles]:
    """One entry for each block that the sites (keys of ``inputs``) have people in, sorted by site and block."""
    sites = list(inputs)
    people = _blocks_of(lake, "people", sites, pins)
    by_event = {event: _blocks_of(lake, f"event_{event}", sites, pins) for event in sorted(events)}
    has_consents = any(CONSENTS.name in common.schemas for common in inputs.values())
    consents = _blocks_of(lake, CONSENTS.name, sites, pins) if has_consents else {}
    pointed = {run_id for common in inputs.values() for run_id in common.current.values()}
    members = lake.files(AUDIENCE_MEMBERS.name, partition={"site": sites, "run_id": pointed})
    runs = {run_id for common in inputs.values() for entries in common.entries.values() for _, run_id in entries}
    changes = lake.files(AUDIENCE_CHANGES.name, partition={"site": sites, "run_id": runs}) if runs else []
    return [
        BlockFiles(
            site=site,
            block=block,
            people=tuple(files),
            events={event: tuple(found.get((site, block), ())) for event, found in by_event.items()},
            members=tuple(file for file in members if file.partition["site"] == site and _holds(file, block)),
            changes=tuple(file for file in changes if file.partition["site"] == site and _holds(file, block)),
            consents=tuple(consents.get((site, block), ())),
        )
        for (site, block), files in sorted(people.items())
    ]


def _blocks_of(
    lake: Lake, table: str, sites: Collection[str], pins: Mapping[str, int]
) -> dict[tuple[str, int], list[DataFile]]:
    """The files of a table by site and block."""
    found: dict[tuple[str, int], list[DataFile]] = {}
    for file in lake.files(table, version=pins.get(table), partition={"site": sites}):
        found.setdefault((str(file.partition["site"]), int(str(file.partition["block"]))), []).append(file)
    return found


def _holds(file: DataFile, block: int) -> bool:
    low, high = file.minimum.get("block"), file.maximum.get("block")
    return not (isinstance(low, int) and isinstance(high, int)) or low <= block <= high
