"""Whether the lake that the generator writes is the one that ``refresh-warehouse`` builds from the raw files."""

from __future__ import annotations

import io
import json
import shutil
from contextlib import redirect_stdout

import duckdb

from benchmarks.company.raw import write_raw
from benchmarks.company.shape import AS_OF
from benchmarks.measuring import Row, measured
from benchmarks.phases.stage import Stage
from benchmarks.phases.timing import Cost
from jobs import refresh_warehouse
from plateia.clock import iso
from plateia.lake import Lake

_IDENTITY = "ordinal, person_id, site"


def run(stage: Stage) -> list[Row]:
    """Refresh a second lake from the raw files and compare every row.

    Raises:
        ValueError: A table differs, or the refresh did not end well.
    """
    write_raw(stage.folder / "raw", stage.shape)
    refreshed = stage.folder / "refreshed"
    shutil.rmtree(refreshed, ignore_errors=True)
    arguments = ["--configs", str(stage.configs), "--lake", str(refreshed), "--as-of", iso(AS_OF), "--quiet", "--json"]
    told = io.StringIO()
    with redirect_stdout(told):
        code, *cost = measured(lambda: refresh_warehouse.main(arguments))
    if code:
        raise ValueError(f"refresh-warehouse ended with exit {code}: {json.loads(told.getvalue())['errors'][:3]}")
    other = Lake.open(str(refreshed))
    for table in sorted(stage.lake.pins()):
        columns = _IDENTITY if table == "person_ordinals" else "*"
        if _content(stage.lake, table, columns) != _content(other, table, columns):
            raise ValueError(f"{table} is not what a refresh makes of the raw files")
    shutil.rmtree(refreshed)
    what = "refresh-warehouse from raw files, session's start included; every row equals the generated lake"
    return [Row(what, *Cost(*cost))]


def _content(lake: Lake, table: str, columns: str) -> tuple[object, ...]:
    """How many rows, and the sum of their hashes, at the pinned version."""
    files = [file.path for file in lake.files(table, version=lake.pins()[table])]
    names = [f"'{file}'" for file in files]
    source = f"read_parquet([{', '.join(names)}], hive_partitioning = true, union_by_name = true)"
    with duckdb.connect() as db:
        described = db.execute(f"DESCRIBE SELECT {columns} FROM {source}").fetchall()
        ordered = ", ".join(f'"{name}"' for name in sorted(row[0] for row in described))
        found = db.execute(f"SELECT count(*), sum(hash({ordered})) FROM {source}").fetchone()
    return tuple(found or ())
