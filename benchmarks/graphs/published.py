"""What a lake publishes of identities, read by DuckDB: sums of hashes to compare by, and where ids lead."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from jobs.identity.state import read_state
from plateia.lake import Lake

TABLES = (
    "identity_edges",
    "identity_edges_refused",
    "identity_members",
    "identity_people",
    "identity_events",
    "identity_redirects",
    "identity_shared",
    "identity_words",
)
_RUN = "run_id"


def contents(lake: Path) -> Mapping[str, tuple[Any, ...]]:
    """Table -> how many rows it has, and the sum of their hashes; which run wrote a row aside."""
    return {table: _content(lake, table) for table in TABLES}


def ids_changed(before: Path, after: Path) -> tuple[int, int]:
    """How many values are another person's than before, or nobody's any more; and how many there were."""
    members = "FROM {} WHERE valid_to IS NULL"
    old, new = (members.format(_rows(lake, "identity_members")) for lake in (before, after))
    return _pair(
        f"""SELECT count_if(new.person_id IS DISTINCT FROM old.person_id), count(*)
        FROM (SELECT * {old}) AS old LEFT JOIN (SELECT * {new}) AS new USING (identifier_type, token)"""
    )


def merged_ids_that_resolve(lake: Path) -> tuple[int, int]:
    """Of the ids that have ended in another, how many lead to a living person in one step; and how many there are."""
    people, redirects, events = (_rows(lake, f"identity_{name}") for name in ("people", "redirects", "events"))
    return _pair(
        f"""SELECT count(living.person_id), count(*)
        FROM (SELECT DISTINCT person_id FROM {events} WHERE kind = 'merged_into') AS merged
        LEFT JOIN {redirects} AS lead USING (person_id)
        LEFT JOIN (SELECT person_id FROM {people} WHERE retired_at IS NULL) AS living
        ON living.person_id = lead.current_person_id AND lead.current_person_id <> merged.person_id"""
    )


def ids_without_a_lead(lake: Path) -> int:
    """How many of all ids ever given have not exactly one redirect, to an id that leads to itself."""
    people, redirects = _rows(lake, "identity_people"), _rows(lake, "identity_redirects")
    wrong, _ = _pair(
        f"""SELECT count_if(leads IS DISTINCT FROM 1), count(*) FROM {people} LEFT JOIN
        (SELECT one.person_id, count_if(next.current_person_id = next.person_id) AS leads
        FROM {redirects} AS one LEFT JOIN {redirects} AS next ON next.person_id = one.current_person_id
        GROUP BY one.person_id) USING (person_id)"""
    )
    return wrong


def _content(lake: Path, table: str) -> tuple[Any, ...]:
    if not _files(lake, table):
        return (0, None)
    source = _rows(lake, table)
    with duckdb.connect() as db:
        described = db.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
        names = ", ".join(f'"{name}"' for name in sorted(row[0] for row in described) if name != _RUN)
        return tuple(db.execute(f"SELECT count(*), sum(hash({names})) FROM {source}").fetchone() or ())


def _rows(lake: Path, table: str) -> str:
    """The published rows of a table that has some, as DuckDB reads them."""
    names = (f"'{path}'" for path in _files(lake, table))
    return f"read_parquet([{', '.join(names)}])"


def _files(lake: Path, table: str) -> list[str]:
    opened = Lake.open(str(lake))
    return [file.path for file in opened.files(table, version=read_state(opened).pins[table])]


def _pair(query: str) -> tuple[int, int]:
    with duckdb.connect() as db:
        one, other = db.execute(query).fetchone() or (0, 0)
    return int(one), int(other)
