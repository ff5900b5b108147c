"""Components of a graph by SciPy alone, and whether what others say is the same partition."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from benchmarks.graphs.people import Numbers


def components(a: Numbers, b: Numbers) -> tuple[Numbers, Numbers]:
    """The vertices of some edges, sorted, and the component of each: the least of its vertices."""
    vertices, places = np.unique(np.concatenate([a, b]), return_inverse=True)
    ends = places.astype(np.int32).reshape(2, -1)
    graph = coo_matrix((np.ones(len(a), np.int8), (ends[0], ends[1])), shape=(len(vertices),) * 2)
    return vertices, least(vertices, connected_components(graph, directed=False)[1])


def least(vertices: Numbers, labels: Numbers) -> Numbers:
    """The least vertex of each label, for each of the sorted vertices."""
    _, first, number = np.unique(labels, return_index=True, return_inverse=True)
    return vertices[first[number]]


def labels_in(folder: Path) -> tuple[Numbers, Numbers]:
    """``vertex`` and ``component`` of Parquet files, by vertex; components by the least of their vertices."""
    table = pq.read_table(folder, columns=["vertex", "component"])
    vertices = table["vertex"].to_numpy()
    order = np.argsort(vertices, kind="stable")
    return vertices[order], least(vertices[order], table["component"].to_numpy()[order])


def write_labels(vertices: Numbers, labels: Numbers, path: Path) -> None:
    """``vertex, component`` as a Parquet file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"vertex": vertices, "component": labels}), path)
