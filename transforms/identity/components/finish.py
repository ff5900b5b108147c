"""The end of a contraction in one process."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
from pyspark.sql import DataFrame
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from transforms.shuffling import shuffle_parts


def finish(edges: DataFrame) -> DataFrame:
    """The components of a graph that fits into this process, by SciPy.

    Args:
        edges: ``a, b`` LONG. Some 100 bytes of memory an edge.

    Returns:
        ``vertex, component`` LONG; a component is the least id of its vertices.
    """
    table = edges.toArrow()
    ends = pa.chunked_array([*table["a"].chunks, *table["b"].chunks], pa.int64()).to_numpy()
    del table
    # Spark makes a part of every few thousand rows of a table that it is given.
    return edges.sparkSession.createDataFrame(label(ends)).coalesce(shuffle_parts(edges))


def label(ends: np.ndarray[tuple[int], np.dtype[np.int64]]) -> pa.Table:
    """``vertex, component`` of every end of some edges: of all ``a``, then of all ``b``."""
    # Ids become places by hashing: sorting takes longer, and Arrow's own hashing nearly three times the memory.
    place, vertices = pd.factorize(ends)
    size, half = len(vertices), len(ends) // 2
    graph = coo_matrix((np.ones(half, dtype=np.int8), (place[:half], place[half:])), shape=(size, size))
    count, component = connected_components(graph, directed=False)
    order = np.argsort(component, kind="stable")
    starts = np.searchsorted(component[order], np.arange(count))
    least = np.minimum.reduceat(vertices[order], starts) if count else vertices
    return pa.table({"vertex": vertices, "component": least[component]})
