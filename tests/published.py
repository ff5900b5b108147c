"""The lake as a stranger reads it: polars and pyroaring, nothing of the product."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import polars as pl
from pyroaring import BitMap


def person_ids(lake: Path) -> dict[str, dict[int, str]]:
    """Site → ordinal → person id, of everyone who has not been retired."""
    ids: dict[str, dict[int, str]] = defaultdict(dict)
    for row in pl.read_delta(str(lake / "person_ordinals")).iter_rows(named=True):
        if row["person_id"] is not None:
            assert row["ordinal"] not in ids[row["site"]], "an ordinal is given once"
            ids[row["site"]][row["ordinal"]] = row["person_id"]
    return ids


def published_members(lake: Path) -> dict[tuple[str, str], frozenset[str]]:
    """(site, audience) → the published person ids; every published audience has a key, the empty ones too."""
    current = pl.read_delta(str(lake / "audience_current")).select("site", "audience", "run_id", size_said="size")
    staged = pl.read_delta(str(lake / "audience_members")).select("site", "audience", "run_id", "members")
    joined = current.join(staged, on=["site", "audience", "run_id"], how="left")
    ordinals: dict[tuple[str, str], BitMap] = defaultdict(BitMap)
    sizes: dict[tuple[str, str], int] = {}
    for row in joined.iter_rows(named=True):
        key = row["site"], row["audience"]
        sizes[key] = row["size_said"]
        if row["members"] is not None:
            ordinals[key] |= BitMap.deserialize(row["members"])
    ids = person_ids(lake)
    assert {key: len(ordinals[key]) for key in sizes} == sizes, "a pointer says the size of what it points to"
    return {key: frozenset(ids[key[0]][ordinal] for ordinal in ordinals[key]) for key in sizes}
