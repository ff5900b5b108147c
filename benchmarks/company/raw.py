"""The same marketplace as the files that a company would deliver: Parquet, rows in no order; and one more day."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.company.rows import event_rows, people_rows, person_ids
from benchmarks.company.shape import COUNTRIES, Shape, Stretch


def write_raw(folder: Path, shape: Shape) -> None:
    """Write ``accounts`` and one folder an event type below ``folder``; what was there goes."""
    shutil.rmtree(folder, ignore_errors=True)
    for site, block, n in shape.blocks():
        people = people_rows(shape, site, block, n).drop_columns(["ordinal", "alive"])
        accounts = people.rename_columns({"person_id": "account_id"})
        _write(folder / "accounts" / f"{site}-{block:05d}.parquet", accounts, shape, site, block)
        _write_events(folder, shape, n, shape.stretches(site, block, n))


def add_day(folder: Path, shape: Shape) -> None:
    """Add a day's events to the files of ``write_raw``."""
    for site, block, n in shape.blocks():
        _write_events(folder, shape, n, shape.next_day(site, block, n))


def _write_events(folder: Path, shape: Shape, people: int, stretches: Iterable[Stretch]) -> None:
    for stretch in stretches:
        rows = event_rows(shape, stretch, person_ids(stretch.block, people)).drop_columns(["ordinal"])
        rows = rows.rename_columns({"source_key": "account_id", "at": "happened_at"})
        path = folder / stretch.event / f"{stretch.site}-{stretch.block:05d}-{stretch.start:%Y%m%d}.parquet"
        _write(path, rows, shape, stretch.site, stretch.block)


def _write(path: Path, rows: pa.Table, shape: Shape, site: str, block: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    order = shape.random("raw", site, block).permutation(rows.num_rows)
    rows = rows.take(pa.array(order)).append_column("country", pa.array(np.full(rows.num_rows, COUNTRIES[site])))
    pq.write_table(rows, path, compression="snappy")
