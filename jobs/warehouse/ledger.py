"""The ledger of the warehouse: what each pinned version of a table was made from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from plateia.lake import Lake
from plateia.records import SourceFile
from plateia.tables import WAREHOUSE_INPUTS


@dataclass(frozen=True, slots=True)
class Entry:
    """What one version of a table was made from.

    Attributes:
        digest: SHA-256 hex of everything that decides its rows, files and versions of other tables aside.
        files: For accepted rows, the files of the source; None where they do not come from plain files.
        facts: Counts and the like, as JSON; never a value of a row.
    """

    digest: str
    files: tuple[SourceFile, ...] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def read_ledger(lake: Lake, pins: Mapping[str, int]) -> dict[str, Entry]:
    """Table -> what its pinned version was made from, where that is known."""
    rows = lake.rows(WAREHOUSE_INPUTS).to_pylist()
    return {row["table"]: _entry(row) for row in rows if pins.get(row["table"]) == row["version"]}


def write_ledger(lake: Lake, entries: Mapping[tuple[str, int], Entry], *, pins: Mapping[str, int], run_id: str) -> None:
    """Add entries of (table, version), before anybody is pointed to them; those of the pinned versions stay."""
    kept = [
        row
        for row in lake.rows(WAREHOUSE_INPUTS).to_pylist()
        if pins.get(row["table"]) == row["version"] and (row["table"], row["version"]) not in entries
    ]
    rows = kept + [_row(table, version, entry) for (table, version), entry in sorted(entries.items())]
    lake.replace(WAREHOUSE_INPUTS, pa.Table.from_pylist(rows, schema=WAREHOUSE_INPUTS.schema), app=run_id)


def _entry(row: Mapping[str, Any]) -> Entry:
    files = row["files"]
    known = None if files is None else tuple(SourceFile(**file) for file in files)
    return Entry(row["digest"], known, json.loads(row["facts"]))


def _row(table: str, version: int, entry: Entry) -> dict[str, object]:
    files = None if entry.files is None else [
        {"path": file.path, "bytes": file.bytes, "modified_ms": file.modified_ms} for file in entry.files
    ]  # fmt: skip
    facts = json.dumps(dict(entry.facts), sort_keys=True)
    return {"table": table, "version": version, "digest": entry.digest, "files": files, "facts": facts}
