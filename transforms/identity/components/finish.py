"""The end of a contraction in one process."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components


def finish(edges: DataFrame) -> DataFrame:
    """The components of a graph that fits into this process, by SciPy.

    Args:
        edges: ``a, b`` LONG. Some 100 bytes of memory an edge.

    Returns:
        ``vertex, component`` LONG; a component is the least id of its vertices.
    """
    table = edges.toArrow()
    labelled = label(table["a"].to_numpy(), table["b"].to_numpy())
    return edges.sparkSession.createDataFrame(labelled)


def label(a: np.ndarray[tuple[int], np.dtype[np.int64]], b: np.ndarray[tuple[int], np.dtype[np.int64]]) -> pa.Table:
    """``vertex, component`` of every end of some edges."""
    vertices = np.unique(np.concatenate([a, b]))
    ends = (np.searchsorted(vertices, a).astype(np.int32), np.searchsorted(vertices, b).astype(np.int32))
    size = len(vertices)
    graph = coo_matrix((np.ones(len(a), dtype=np.int8), ends), shape=(size, size))
    count, component = connected_components(graph, directed=False)
    # Vertices are sorted: the first of a component is its least.
    first = np.full(count, size, dtype=np.int64)
    np.minimum.at(first, component, np.arange(size))
    return pa.table({"vertex": vertices, "component": vertices[first[component]]})
