"""The pairs that a trained model scores, as a source of signals takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame

from models.splink_edges.matching import Matching
from models.splink_edges.training import train
from plateia.errors import UsageError

if TYPE_CHECKING:
    from splink import Linker

EDGES = pa.schema([("record_a", pa.string()), ("record_b", pa.string()), ("confidence", pa.float64())])


def fuzzy_edges(
    records: pa.Table | DataFrame, matching: Matching, *, record: str, seed: int, at_least: float
) -> pa.Table:
    """Train a model on records and score their pairs; see ``train`` and ``scored``."""
    return scored(train(records, matching, record=record, seed=seed), record=record, at_least=at_least)


def scored(linker: Linker, *, record: str, at_least: float) -> pa.Table:
    """The pairs that are the same person with a probability of ``at_least`` or more.

    Args:
        linker: A trained model.
        record: The column that names a record.
        at_least: Above 0, at most 1.

    Returns:
        ``EDGES``, one row a pair, ``record_a`` before ``record_b``, in the order of both; a source of signals names
        both as identifiers and says ``confidence: {column: confidence}``.

    Raises:
        UsageError: ``at_least`` is no such probability.
    """
    if not 0 < at_least <= 1:
        raise UsageError.because(f"at_least={at_least}", expected="a probability above 0, at most 1")
    found = linker.inference.predict(threshold_match_probability=at_least).as_pyarrow_table()
    left, right = (found[f"{record}_{side}"].cast(pa.string()) for side in ("l", "r"))
    swapped = pc.greater(left, right)
    columns = [pc.if_else(swapped, right, left), pc.if_else(swapped, left, right), found["match_probability"]]
    edges = pa.table(columns, names=EDGES.names).cast(EDGES)
    return edges.sort_by([("record_a", "ascending"), ("record_b", "ascending")])
