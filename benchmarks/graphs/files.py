"""Graphs as Parquet files, each written once, with what their components are."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.graphs.partition import components, labels_in, write_labels
from benchmarks.graphs.people import Numbers, mixed, people_with, seen

FOLDER = Path(".plateia/bench/graphs")
_CHAIN_BLOCK = 250_000


@dataclass(frozen=True)
class Graph:
    """A graph under ``folder``.

    Attributes:
        name: What to say of it.
    """

    folder: Path
    name: str

    @property
    def edges(self) -> Path:
        """Files of ``a, b`` LONG."""
        return self.folder / "edges"

    @property
    def vertices(self) -> Path:
        """Files of ``vertex, component`` LONG: the answer. Whoever asks for a list of vertices may have the first."""
        return self.folder / "vertices"

    @cached_property
    def size(self) -> int:
        """How many edges there are."""
        return sum(pq.read_metadata(path).num_rows for path in self.edges.iterdir())

    def require_equal(self, labels: Path, *, who: str) -> None:
        """Check that files of ``vertex, component`` tell the same partition.

        Raises:
            SystemExit: They do not.
        """
        (expected, truth), (vertices, found) = labels_in(self.vertices), labels_in(labels)
        if not np.array_equal(vertices, expected):
            raise SystemExit(f"{who} on {self.name}: {len(vertices):,} vertices instead of {len(expected):,}")
        wrong = int((found != truth).sum())
        if wrong:
            raise SystemExit(f"{who} on {self.name}: {wrong:,} vertices of {len(vertices):,} are in other components")


def identity_graph(edges: float, *, hubs: bool = False) -> Graph:
    """Of so many people that there are about so many edges; ids are like hashes."""
    people = people_with(edges)
    blocks = ((mixed(block.a), mixed(block.b)) for block in seen(people, hubs=hubs))
    kind = "hubs" if hubs else "no-hubs"
    return _written(FOLDER.absolute() / f"identity-{people}-{kind}", kind.replace("-", " "), blocks)


def sorted_chain(vertices: int) -> Graph:
    """Each vertex beside the next, in order."""
    return _written(FOLDER.absolute() / f"chain-{vertices}", "a sorted chain", _links(vertices))


def _links(vertices: int) -> Iterator[tuple[Numbers, Numbers]]:
    for first in range(0, vertices - 1, _CHAIN_BLOCK):
        a = np.arange(first, min(first + _CHAIN_BLOCK, vertices - 1), dtype=np.int64)
        yield a, a + 1


def _written(folder: Path, kind: str, blocks: Iterable[tuple[Numbers, Numbers]]) -> Graph:
    done = folder / "complete"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "edges").mkdir(parents=True)
        parts = []
        for number, (a, b) in enumerate(blocks):
            pq.write_table(pa.table({"a": a, "b": b}), folder / "edges" / f"{number:05}.parquet")
            parts.append((a, b))
        a, b = (np.concatenate(ends) for ends in zip(*parts, strict=True))
        write_labels(*components(a, b), folder / "vertices" / "0.parquet")
        done.touch()
    graph = Graph(folder, kind)
    return Graph(folder, f"{graph.size:,} edges, {kind}")
