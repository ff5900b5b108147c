"""The end of a contraction in one process."""

from __future__ import annotations

import numpy as np
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
    labelled = label(table["a"].to_numpy(), table["b"].to_numpy())
    # Spark makes a part of every few thousand rows of a table that it is given.
    return edges.sparkSession.createDataFrame(labelled).coalesce(shuffle_parts(edges))


def label(a: np.ndarray[tuple[int], np.dtype[np.int64]], b: np.ndarray[tuple[int], np.dtype[np.int64]]) -> pa.Table:
    """``vertex, component`` of every end of some edges."""
    # Ids become places by hashing: sorting them takes six times as long.
    ends = pa.concat_arrays([pa.array(a), pa.array(b)]).dictionary_encode()
    vertices, place, size = ends.dictionary.to_numpy(), ends.indices.to_numpy(), len(ends.dictionary)
    graph = coo_matrix((np.ones(len(a), dtype=np.int8), (place[: len(a)], place[len(a) :])), shape=(size, size))
    count, component = connected_components(graph, directed=False)
    order = np.argsort(component, kind="stable")
    starts = np.searchsorted(component[order], np.arange(count))
    least = np.minimum.reduceat(vertices[order], starts) if count else vertices
    return pa.table({"vertex": vertices, "component": least[component]})
