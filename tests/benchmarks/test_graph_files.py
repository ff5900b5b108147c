"""Graphs in files: written once, and answers compared with theirs."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from benchmarks.graphs.files import Graph, identity_graph, sorted_chain
from benchmarks.graphs.partition import labels_in, write_labels


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_chain_is_one_component() -> None:
    graph = sorted_chain(1_000)
    vertices, least = labels_in(graph.vertices)
    assert graph.size == 999
    assert vertices.tolist() == list(range(1_000))
    assert set(least.tolist()) == {0}


def test_a_graph_is_written_once() -> None:
    graph = identity_graph(5_000, hubs=True)
    written = (graph.vertices / "0.parquet").stat().st_mtime_ns
    again = identity_graph(5_000, hubs=True)
    assert again == graph
    assert (again.vertices / "0.parquet").stat().st_mtime_ns == written
    assert graph.name == f"{graph.size:,} edges, hubs"


def test_whatever_components_are_called_the_partition_is_the_same(tmp_path: Path) -> None:
    graph = identity_graph(5_000)
    vertices, least = labels_in(graph.vertices)
    write_labels(vertices[::-1], least[::-1] // 3, tmp_path / "renamed" / "0.parquet")
    graph.require_equal(tmp_path / "renamed", who="a rival")


@pytest.mark.parametrize("wrong", ["merged", "lost", "twice"])
def test_another_partition_is_refused(tmp_path: Path, wrong: str) -> None:
    graph: Graph = identity_graph(5_000)
    table = pq.read_table(graph.vertices)
    vertices, least = (column.to_numpy().copy() for column in table.columns)
    if wrong == "merged":
        least[least == least[-1]] = least[0]
    if wrong == "lost":
        vertices, least = vertices[1:], least[1:]
    if wrong == "twice":
        vertices[1] = vertices[0]
    write_labels(vertices, least, tmp_path / "wrong" / "0.parquet")
    with pytest.raises(SystemExit, match="a rival on"):
        graph.require_equal(tmp_path / "wrong", who="a rival")
