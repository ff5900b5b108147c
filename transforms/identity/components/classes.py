"""The second half of a round of contraction, in arrays: what joins the classes that vertices fall into."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

Numbers = np.ndarray[tuple[int], np.dtype[np.int64]]
SCHEMA = pa.schema([("is_edge", pa.bool_()), ("x", pa.int64()), ("y", pa.int64())])
_AT_ONCE = 4_000_000  # pairs that are held before repeated ones go


def between_classes(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Each vertex of a part with its representative, then the edges between classes that are known there.

    Args:
        batches: ``is_rep, x, y``, all that there is of any ``x``: a vertex and its representative, which all but those
            that come first have; or the earlier end of an edge, and the representative of the later one.

    Returns:
        ``SCHEMA``: each vertex once; an edge once, loops left out.
    """
    reps, edges = _Pairs(), _Pairs()
    for batch in batches:
        is_rep, x, y = (batch.column(name).to_numpy(zero_copy_only=False) for name in ("is_rep", "x", "y"))
        reps.add(x[is_rep], y[is_rep])
        edges.add(x[~is_rep], y[~is_rep])
    vertex, rep = reps.each_once()
    early, late_rep = edges.each_once()
    place = np.minimum(np.searchsorted(vertex, early), max(0, len(vertex) - 1))
    has_rep = vertex[place] == early if len(vertex) else np.zeros(len(early), np.bool_)
    first = np.unique(early[~has_rep])
    yield from _rows(np.concatenate([vertex, first]), np.concatenate([rep, first]), is_edge=False)
    early_rep = early.copy()
    early_rep[has_rep] = rep[place[has_rep]]
    joins = early_rep != late_rep
    yield from _rows(*_each_once(early_rep[joins], late_rep[joins]), is_edge=True)


class _Pairs:
    """Pairs of numbers, held once each, more or less."""

    def __init__(self) -> None:
        self.parts: list[tuple[Numbers, Numbers]] = []
        self.held = 0
        self.most = _AT_ONCE

    def add(self, x: Numbers, y: Numbers) -> None:
        self.parts.append((x, y))
        self.held += len(x)
        if self.held > self.most:
            self.parts = [self.each_once()]
            self.held = len(self.parts[0][0])
            self.most = max(_AT_ONCE, 2 * self.held)

    def each_once(self) -> tuple[Numbers, Numbers]:
        """The pairs, sorted."""
        nothing = np.zeros(0, np.int64)
        x, y = (np.concatenate([nothing, *(part[end] for part in self.parts)]) for end in (0, 1))
        return _each_once(x, y)


def _each_once(x: Numbers, y: Numbers) -> tuple[Numbers, Numbers]:
    order = np.lexsort((y, x))
    x, y = x[order], y[order]
    is_new = np.ones(len(x), np.bool_)
    is_new[1:] = (x[1:] != x[:-1]) | (y[1:] != y[:-1])
    return x[is_new], y[is_new]


def _rows(x: Numbers, y: Numbers, *, is_edge: bool) -> Iterator[pa.RecordBatch]:
    if len(x):
        yield pa.RecordBatch.from_arrays([pa.repeat(is_edge, len(x)), pa.array(x), pa.array(y)], schema=SCHEMA)
