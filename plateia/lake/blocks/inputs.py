"""Planning the block tasks: which files of which pinned versions each block of each site reads."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from plateia.lake.published import current
from plateia.records import BlockFiles, BlockInputs, DataFile
from plateia.tables import AUDIENCE_MEMBERS

if TYPE_CHECKING:
    from plateia.lake.lake import Lake


def block_inputs(lake: Lake, site: str, *, events: Collection[str], pins: Mapping[str, int]) -> BlockInputs:
    """What the blocks of a site have in common; ``events`` are the event types that may be asked for."""
    names = ["people", *(f"event_{event}" for event in sorted(events))]
    found = {name: lake.schema(name, version=pins.get(name)) for name in names}
    pointers = {audience: str(row["run_id"]) for audience, row in current(lake, site).items()}
    return BlockInputs(lake.uri, {name: schema for name, schema in found.items() if schema is not None}, pointers)


def block_files(
    lake: Lake, inputs: Mapping[str, BlockInputs], *, events: Collection[str], pins: Mapping[str, int]
) -> list[BlockFiles]:
    """One entry for each block that the sites (keys of ``inputs``) have people in, sorted by site and block."""
    sites = list(inputs)
    people = _by_block(lake.files("people", version=pins.get("people"), partition={"site": sites}))
    by_event = {
        event: _by_block(lake.files(f"event_{event}", version=pins.get(f"event_{event}"), partition={"site": sites}))
        for event in sorted(events)
    }
    pointed = {run_id for common in inputs.values() for run_id in common.current.values()}
    members = lake.files(AUDIENCE_MEMBERS.name, partition={"site": sites, "run_id": pointed})
    return [
        BlockFiles(
            site=site,
            block=block,
            people=tuple(files),
            events={event: tuple(found.get((site, block), ())) for event, found in by_event.items()},
            members=tuple(file for file in members if file.partition["site"] == site and _holds(file, block)),
        )
        for (site, block), files in sorted(people.items())
    ]


def _by_block(files: Iterable[DataFile]) -> dict[tuple[str, int], list[DataFile]]:
    found: dict[tuple[str, int], list[DataFile]] = {}
    for file in files:
        found.setdefault((str(file.partition["site"]), int(str(file.partition["block"]))), []).append(file)
    return found


def _holds(file: DataFile, block: int) -> bool:
    low, high = file.minimum.get("block"), file.maximum.get("block")
    return not (isinstance(low, int) and isinstance(high, int)) or low <= block <= high
