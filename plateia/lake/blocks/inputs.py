"""Planning the block tasks: which files of which pinned versions each block of each site reads."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from plateia.lake.published import current
from plateia.records import BlockFiles, BlockInputs, CurrentScores, DataFile
from plateia.tables import (
    AUDIENCE_CHANGES,
    AUDIENCE_MEMBERS,
    AUDIENCE_RUNS,
    CONSENTS,
    EVENT_TOTALS,
    INSTANT,
    SCORES,
    SCORES_CURRENT,
)

if TYPE_CHECKING:
    from plateia.lake.lake import Lake

_COUNTED = pa.array(["published", "rolled_back"])  # the verdicts whose changes have happened


def block_inputs(
    lake: Lake,
    site: str,
    *,
    events: Collection[str],
    pins: Mapping[str, int],
    history: Mapping[str, int | None] | None = None,
    scores: Collection[str] = (),
    consents: bool = False,
    relations: Collection[str] = (),
) -> BlockInputs:
    """What the blocks of a site have in common.

    Args:
        events: The event types that may be asked for.
        history: The audiences whose changes may be asked for, and since which as_of (microseconds).
        scores: The models whose scores may be asked for.
        consents: Whether consents may be asked for.
        relations: The relations that may be followed; of those that are not pinned there is none.
    """
    names = ["people", *(f"event_{event}" for event in sorted(events))]
    tables = {f"relation_{relation}": relation for relation in sorted(relations)}
    names += [name for name in (*([CONSENTS.name] if consents else []), *tables) if name in pins]
    found = {name: lake.schema(name, version=pins.get(name)) for name in names}
    pointers = {audience: str(row["run_id"]) for audience, row in current(lake, site).items()}
    schemas = {name: schema for name, schema in found.items() if schema is not None}
    entities = {
        relation: tuple(lake.files(name, version=pins[name], partition={"site": [site]}))
        for name, relation in tables.items()
        if name in schemas and "ordinal" not in schemas[name].names
    }
    return BlockInputs(
        uri=lake.uri,
        schemas=schemas,
        current=pointers,
        history=_history(lake, site, history) if history else {},
        scores=_scores(lake, site, scores) if scores else {},
        entities=entities,
    )


def _history(lake: Lake, site: str, wanted: Mapping[str, int | None]) -> dict[str, tuple[tuple[int, str], ...]]:
    """The published runs of each audience, from the first on that is not too old."""
    columns = ("run_id", "site", "audience", "as_of", "verdict", "previous_run_id")
    rows = lake.rows(AUDIENCE_RUNS, columns=columns)
    audiences = pa.array(sorted(wanted), pa.string())
    counts = pc.and_(pc.is_in(rows["verdict"], value_set=_COUNTED), pc.is_in(rows["audience"], value_set=audiences))
    rows = rows.filter(pc.and_(counts, pc.equal(rows["site"], site))).sort_by("run_id")
    rows = rows.set_column(rows.column_names.index("as_of"), "as_of", rows["as_of"].cast(INSTANT).cast(pa.int64()))
    runs: dict[str, list[dict[str, Any]]] = {audience: [] for audience in sorted(wanted)}
    for row in rows.to_pylist():
        runs[row["audience"]].append(row)
    found = {}
    for audience, since in wanted.items():
        past = [(row["as_of"], row["run_id"]) for row in _as_published(runs[audience])]
        # A run that looks back at an older instant may follow one that does not: what came after it counts.
        first = next((place for place, (at, _) in enumerate(past) if since is None or at >= since), len(past))
        found[audience] = tuple(past[first:])
    return found


def _as_published(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Runs in the order in which they moved the pointer: each names the one it followed; ids decide where none does."""
    ordered: list[dict[str, Any]] = []
    waiting = list(runs)
    while waiting:
        before = ordered[-1]["run_id"] if ordered else None
        following = next((run for run in waiting if run["previous_run_id"] == before), waiting[0])
        waiting.remove(following)
        ordered.append(following)
    return ordered


def _scores(lake: Lake, site: str, wanted: Collection[str]) -> dict[str, CurrentScores]:
    """The current run of each score that the site has, and the least score that any of its blocks keeps."""
    rows = lake.rows(SCORES_CURRENT).to_pylist()
    runs = {row["score"]: row["run_id"] for row in rows if row["site"] == site and row["score"] in wanted}
    least = dict.fromkeys(runs, math.inf)
    partition = {"site": [site], "run_id": set(runs.values())}
    for row in (
        lake.rows(SCORES, columns=("run_id", "score", "values"), partition=partition).to_pylist() if runs else ()
    ):
        if runs.get(row["score"]) == row["run_id"]:
            kept = np.frombuffer(row["values"], dtype="<f4")
            least[row["score"]] = min(least[row["score"]], float(kept.min(initial=np.inf)))
    return {score: CurrentScores(run_id, least[score]) for score, run_id in sorted(runs.items())}


def block_files(
    lake: Lake, inputs: Mapping[str, BlockInputs], *, events: Collection[str], pins: Mapping[str, int]
) -> list[BlockFiles]:
    """One entry for each block that the sites (keys of ``inputs``) have people in, sorted by site and block."""
    sites = list(inputs)
    people = _blocks_of(lake, "people", sites, pins)
    by_event = {event: _blocks_of(lake, f"event_{event}", sites, pins) for event in sorted(events)}
    known = {name: schema for common in inputs.values() for name, schema in common.schemas.items()}
    consents = _blocks_of(lake, CONSENTS.name, sites, pins) if CONSENTS.name in known else {}
    relations = {
        name.removeprefix("relation_"): _blocks_of(lake, name, sites, pins)
        for name, schema in sorted(known.items())
        if name.startswith("relation_") and "ordinal" in schema.names
    }
    pointed = {run_id for common in inputs.values() for run_id in common.current.values()}
    members = lake.files(AUDIENCE_MEMBERS.name, partition={"site": sites, "run_id": pointed})
    runs = {run_id for common in inputs.values() for past in common.history.values() for _, run_id in past}
    changes = lake.files(AUDIENCE_CHANGES.name, partition={"site": sites, "run_id": runs}) if runs else []
    scored = {score.run_id for common in inputs.values() for score in common.scores.values()}
    scores = lake.files(SCORES.name, partition={"site": sites, "run_id": scored}) if scored else []
    totals = lake.files(EVENT_TOTALS.name, partition={"site": sites}) if events else []
    return [
        BlockFiles(
            site=site,
            block=block,
            people=tuple(files),
            events={event: tuple(found.get((site, block), ())) for event, found in by_event.items()},
            members=tuple(file for file in members if file.partition["site"] == site and _holds(file, block)),
            changes=tuple(file for file in changes if file.partition["site"] == site and _holds(file, block)),
            scores=tuple(file for file in scores if file.partition["site"] == site and _holds(file, block)),
            consents=tuple(consents.get((site, block), ())),
            relations={name: tuple(found.get((site, block), ())) for name, found in relations.items()},
            totals=tuple(file for file in totals if file.partition["site"] == site and _holds(file, block)),
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
