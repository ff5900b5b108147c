"""A worker that dies in the second round of a contraction: the components are SciPy's all the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.lakes import REPOSITORY
from tests.spark.test_components import apart, by_scipy, groups


@pytest.mark.nightly
def test_a_worker_killed_in_round_two_loses_nothing(tmp_path: Path) -> None:
    edges = apart(70, seed=11)
    table = pa.table({"a": [a for a, _ in edges], "b": [b for _, b in edges]})
    pq.write_table(table, tmp_path / "edges.parquet")
    command = [sys.executable, "-m", "tests.e2e.losing_a_worker", str(tmp_path / "lake"), str(tmp_path)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr[-2_000:]
    labels = pq.read_table(tmp_path / "labels.parquet")
    vertices = labels["vertex"].to_pylist()
    assert len(vertices) == len(set(vertices))
    assert groups(vertices, labels["component"].to_pylist()) == by_scipy(edges)
