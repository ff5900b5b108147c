"""SciPy in one process: what a graph costs that nobody distributes."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.graphs.engines.engine import Settings, Work
from benchmarks.graphs.files import Graph
from benchmarks.graphs.partition import components, write_labels


def scipy_alone(settings: Settings) -> Work:
    """``scipy.sparse.csgraph.connected_components`` on one core."""
    del settings
    return _work


def _work(graph: Graph, out: Path) -> None:
    table = pq.read_table(graph.edges)
    write_labels(*components(table["a"].to_numpy(), table["b"].to_numpy()), out / "0.parquet")
