"""Records with labels, and how their persons are to be found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from benchmarks.labels.evaluation import Labels
from models.splink_edges.matching import Matching


@dataclass(frozen=True)
class Dataset:
    """One data set.

    Attributes:
        records: ``record``, its name, and what it says of a person, without the label.
        truth: The person of each record.
        matching: The model of Splink, the same for Splink alone and for us.
        at_least: The least confidence of an edge that identity resolution is given.
        identifiers: ``identifiers`` of ``identity.yml``.
        kinds: The type of each record as an identifier.
        values: Its value: records of one value are one person, without any edge.
        ends: The types of an edge's ``record_a`` and ``record_b``.
    """

    name: str
    records: pa.Table
    truth: Labels
    matching: Matching
    at_least: float
    identifiers: Mapping[str, Mapping[str, Any]]
    kinds: Sequence[str]
    values: Sequence[str]
    ends: tuple[str, str]

    @property
    def names(self) -> list[str]:
        """The names of the records, in their order."""
        return [str(name) for name in self.records["record"].to_pylist()]

    def identified(self, edges: pa.Table) -> pa.Table:
        """Edges between records as edges between their values."""
        values = dict(zip(self.names, self.values, strict=True))
        columns = {end: [values[name] for name in edges[end].to_pylist()] for end in ("record_a", "record_b")}
        return pa.table({**columns, "confidence": edges["confidence"]})


def read_labelled(path: Path) -> tuple[pa.Table, Labels]:
    """Records, and the person of each; an empty cell is null, and no word means null."""
    rows = pd.read_csv(path, dtype="string", keep_default_na=False, na_values=[""])
    records = pa.Table.from_pandas(rows.drop(columns="person"), preserve_index=False)
    return records, np.asarray(rows["person"], dtype=str)


def same(*columns: str, also: str = "") -> str:
    """A blocking rule: both records have these columns in common."""
    return " and ".join([*(f"l.{column} = r.{column}" for column in columns), *([also] if also else [])])
