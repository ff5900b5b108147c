"""Packed numbers of a block: feature matrices and scores, written by workers as one row a file, and read again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from plateia.lake import commits
from plateia.lake.parquet import read_files, staged_files, write_file
from plateia.lake.store import Store
from plateia.records import StagedFile
from plateia.tables import PEOPLE_FEATURES, SCORES, SCORES_CURRENT, Table
from plateia.trace import random_token

if TYPE_CHECKING:
    from plateia.lake.lake import Lake

Ordinals = npt.NDArray[np.int32]
Matrix = npt.NDArray[np.float32]


@dataclass(frozen=True)
class MatrixFiles:
    """The feature matrices of a site in one run; picklable, for workers and driver alike."""

    uri: str
    site: str
    run_id: str
    as_of: datetime

    def write(self, block: int, ordinals: Ordinals, matrix: Matrix, *, features: str, schema_hash: str) -> StagedFile:
        """Stage a block's matrix: one row a person of ``ordinals``, one column a column of the schema."""
        row = {
            "features": features,
            "as_of": self.as_of,
            "block": block,
            "ordinals": ordinals.astype("<i4").tobytes(),
            "vectors": matrix.astype("<f4", copy=False).tobytes(),
            "schema_hash": schema_hash,
        }
        name = f"{features}-{schema_hash[:12]}-{block:05d}"
        return _write_row(self.uri, PEOPLE_FEATURES, row, site=self.site, run_id=self.run_id, name=name)

    def read(self, staged: StagedFile) -> tuple[Ordinals, Matrix]:
        """The ordinals and the matrix of a staged block."""
        store = Store.at(self.uri)
        columns = ("ordinals", "vectors")
        row = read_files(store, PEOPLE_FEATURES, staged_files(store, [staged]), columns=columns).to_pylist()[0]
        ordinals = np.frombuffer(row["ordinals"], "<i4")
        vectors = np.frombuffer(row["vectors"], "<f4")
        return ordinals, vectors.reshape(len(ordinals), -1 if len(ordinals) else 0)


@dataclass(frozen=True)
class ScoreFiles:
    """The scores of a site in one run; picklable."""

    uri: str
    site: str
    run_id: str
    as_of: datetime

    def write(
        self, block: int, score: str, *, deciles: npt.NDArray[np.uint8], kept: bytes, values: Matrix
    ) -> StagedFile:
        """Stage a block's scores: ``deciles`` by position in the block, ``kept`` as Roaring, ``values`` of the kept."""
        row = {
            "score": score,
            "as_of": self.as_of,
            "block": block,
            "deciles": deciles.tobytes(),
            "kept": kept,
            "values": values.astype("<f4", copy=False).tobytes(),
        }
        name = f"{score}-{block:05d}"
        return _write_row(self.uri, SCORES, row, site=self.site, run_id=self.run_id, name=name)


def point_scores(lake: Lake, scores: Collection[tuple[str, str]], *, run_id: str) -> None:
    """Make a run's scores, as (site, score), the current ones; in one commit, the others stay."""
    if not scores:
        return

    def change(rows: pa.Table) -> pa.Table:
        standing = {(row["site"], row["score"]): row for row in rows.to_pylist()}
        moved = {(site, score): {"site": site, "score": score, "run_id": run_id} for site, score in scores}
        after = [row for _, row in sorted({**standing, **moved}.items())]
        return pa.Table.from_pylist(after, schema=SCORES_CURRENT.schema)

    commits.swap(lake.store, SCORES_CURRENT, change, app=run_id)


def drop_staged(lake: Lake, staged: Sequence[StagedFile]) -> None:
    """Delete what a run has staged and will not commit."""
    commits.discard(lake.store, staged)


def _write_row(uri: str, table: Table, row: dict[str, object], *, site: str, run_id: str, name: str) -> StagedFile:
    rows = pa.Table.from_pylist([{"site": site, "run_id": run_id, **row}], schema=table.schema)
    attempt = f"{name}-{random_token()}.parquet"
    return write_file(Store.at(uri), table, rows, partition={"site": site, "run_id": run_id}, name=attempt)
