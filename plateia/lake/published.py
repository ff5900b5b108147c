"""What is published: the members of an audience, the history of runs, and taking a pointer away."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from plateia.errors import LakeError, UsageError, did_you_mean, echo, one_of
from plateia.lake import commits
from plateia.lake.blocks.members import run_members
from plateia.tables import AUDIENCE_CURRENT, AUDIENCE_RUNS, PERSON_ORDINALS

if TYPE_CHECKING:
    from plateia.lake.lake import Lake

Ordinals = np.ndarray[tuple[int], np.dtype[np.uint32]]


def current(lake: Lake, site: str) -> dict[str, dict[str, object]]:
    """The pointers of a site: audience -> its row of ``audience_current``."""
    rows = lake.rows(AUDIENCE_CURRENT, partition={"site": [site]}).to_pylist()
    return {row["audience"]: row for row in sorted(rows, key=lambda row: str(row["audience"]))}


def ordinals(lake: Lake, site: str, audience: str) -> Ordinals:
    """The ordinals of the published members, ascending.

    Raises:
        UsageError: The audience is not published on the site.
    """
    pointers = current(lake, site)
    if audience not in pointers:
        raise UsageError.because(
            f"{echo(audience)} has no published members on {site}",
            expected=one_of(pointers),
            hint=did_you_mean(audience, pointers),
        )
    found = run_ordinals(lake, site, str(pointers[audience]["run_id"]), audience)
    if len(found) != pointers[audience]["size"]:
        raise LakeError.because(f"The published members of {audience} on {site} are not as many as its pointer says")
    return found


def run_ordinals(lake: Lake, site: str, run_id: str, audience: str) -> Ordinals:
    """The ordinals of the members that a run has published, ascending."""
    from pyroaring import BitMap

    blocks = [BitMap.deserialize(row) for row in run_members(lake, site, run_id, audience)]
    found = np.concatenate([np.zeros(0, np.uint32), *(np.array(block.to_array(), np.uint32) for block in blocks)])
    found.sort()
    return found


def members(lake: Lake, site: str, audience: str) -> pa.Array:
    """The published members as person ids (string), sorted in UTF-8 byte order; retired people are left out.

    Raises:
        UsageError: The audience is not published on the site.
    """
    wanted = pa.array(ordinals(lake, site, audience).astype(np.int32), pa.int32())
    known = lake.rows(PERSON_ORDINALS, columns=("person_id", "ordinal"), partition={"site": [site]})
    mask = pc.and_(pc.is_valid(known["person_id"]), pc.is_in(known["ordinal"], value_set=wanted))
    ids = known.filter(mask)["person_id"].combine_chunks()
    return ids.take(pc.sort_indices(ids))


def runs(
    lake: Lake,
    *,
    sites: Collection[str] | None = None,
    audiences: Collection[str] | None = None,
    run_id: str | None = None,
    limit: int | None = None,
) -> list[dict[str, object]]:
    """Rows of ``audience_runs``, the newest run first, within it by site and audience; at most ``limit``."""
    rows = lake.rows(AUDIENCE_RUNS)
    wanted = {"site": sites, "audience": audiences, "run_id": None if run_id is None else [run_id]}
    for column, values in wanted.items():
        if values is not None:
            rows = rows.filter(pc.is_in(rows[column], value_set=pa.array(sorted(values), pa.string())))
    order = [("run_id", "descending"), ("site", "ascending"), ("audience", "ascending")]
    found: list[dict[str, object]] = rows.sort_by(order).slice(0, limit).to_pylist()
    return found


def retire(lake: Lake, audience: str, *, run_id: str) -> list[str]:
    """Take an audience's pointers away on all sites, in one commit; returns the sites that had one.

    Its members and its history stay where they are. Nothing was computed, so ``audience_runs`` gets no row: the commit
    itself says who retired what.
    """
    sites: list[str] = []

    def change(rows: pa.Table) -> pa.Table | None:
        mine = pc.equal(rows["audience"], audience)
        sites[:] = sorted(rows.filter(mine)["site"].to_pylist())
        return rows.filter(pc.invert(mine)) if sites else None

    said = {"command": "retire", "audience": audience, "run_id": run_id}
    commits.swap(lake.store, AUDIENCE_CURRENT, change, said=said)
    return sites
