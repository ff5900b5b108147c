"""Small lakes to test on: audiences as sets of ordinals, staged the way workers stage them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import duckdb_extension_delta
import pyarrow as pa
from pyroaring import BitMap

from plateia.clock import AsOf
from plateia.lake import Lake, MemberWriter
from plateia.records import StagedFile, Verdict, VerdictName
from plateia.tables import BLOCK_BITS, PERSON_ORDINALS
from plateia.trace import Run, new_run

AS_OF = datetime(2018, 1, 1, 5, tzinfo=UTC)
Members = Mapping[str, Iterable[int]]  # audience -> ordinals


def a_run(command: str = "build-audiences") -> Run:
    return new_run(command, AsOf(AS_OF))


def stage(lake: Lake, run: Run, site: str, after: Members, before: Members | None = None) -> list[StagedFile]:
    """Stage members and their changes against ``before``, one file a block and table."""
    staged: list[StagedFile] = []
    then = {audience: set(ordinals) for audience, ordinals in (before or {}).items()}
    now = {audience: set(ordinals) for audience, ordinals in after.items()}
    everybody = set().union(*then.values(), *now.values())
    for block in sorted({ordinal >> BLOCK_BITS for ordinal in everybody}):
        members, changes = [], []
        for audience in sorted(now, reverse=True):
            mine = BitMap(o for o in now[audience] if o >> BLOCK_BITS == block)
            was = BitMap(o for o in then.get(audience, ()) if o >> BLOCK_BITS == block)
            if mine:
                members.append((audience, len(mine), hash_of(mine), mine.serialize()))
            if mine != was:
                entered, left = mine - was, was - mine
                changes.append((audience, len(entered), len(left), entered.serialize(), left.serialize()))
        writer = MemberWriter(lake.uri, attempt="0")
        staged += writer.write(
            site,
            run.run_id,
            block,
            members=_table(members, ("audience", "size", "hash", "members")),
            changes=_table(changes, ("audience", "n_entered", "n_left", "entered", "left")),
        )
    return staged


def hash_of(members: BitMap) -> int:
    return sum(members) % 1_000_003


def _table(rows: list[tuple[object, ...]], names: tuple[str, ...]) -> pa.Table:
    return pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows]) if rows else pa.table({})


def verdict(
    site: str,
    audience: str,
    word: VerdictName,
    *,
    size: int = 0,
    previous: Run | None = None,
    as_of: datetime = AS_OF,
) -> Verdict:
    reasons = ("too small",) if word in ("held", "failed") else ()
    return Verdict(
        site=site,
        audience=audience,
        verdict=word,
        as_of=as_of,
        reasons=reasons,
        size=size,
        previous_run_id=previous.run_id if previous else None,
        definition_hash="d" * 64,
    )


def name_people(lake: Lake, site: str, ids: Iterable[str | None]) -> None:
    """Give ordinals 0, 1, 2 … to person ids; None is a retired one."""
    names = list(ids)
    rows = {"site": [site] * len(names), "person_id": names, "ordinal": range(len(names)),
            "given_run": ["r"] * len(names), "retired_run": [None if name else "r" for name in names]}  # fmt: skip
    lake.append(PERSON_ORDINALS, pa.table(rows, schema=PERSON_ORDINALS.schema), app=f"ordinals {site}")


def duckdb_rows(query: str, **tables: str) -> list[tuple[object, ...]]:
    """Run a query in DuckDB over Delta tables: ``{name}`` stands for the table at that URI."""
    extension = next(Path(duckdb_extension_delta.__file__).parent.glob("extensions/*/*.duckdb_extension"))
    with duckdb.connect(config={"allow_unsigned_extensions": "true"}) as connection:
        connection.execute(f"LOAD '{extension}'")
        scans = {name: f"delta_scan('{uri}')" for name, uri in tables.items()}
        return connection.execute(query.format(**scans)).fetchall()


def published_sets(lake: Lake) -> dict[tuple[str, str], set[int]]:
    """What a stranger reads as published: (site, audience) -> ordinals, through DuckDB and pyroaring alone."""
    rows = duckdb_rows(
        "SELECT c.site, c.audience, m.members FROM {current} c LEFT JOIN {members} m "
        "ON m.site = c.site AND m.audience = c.audience AND m.run_id = c.run_id",
        current=lake.table_uri("audience_current"),
        members=lake.table_uri("audience_members"),
    )
    found: dict[tuple[str, str], set[int]] = {}
    for site, audience, data in rows:
        found.setdefault((site, audience), set()).update(BitMap.deserialize(data) if data else ())
    return found
