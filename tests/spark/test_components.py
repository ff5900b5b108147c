"""Connected components are SciPy's, whatever the graph, its ids, its partitions and its order."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyspark.sql import DataFrame, SparkSession
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from plateia.lake import Lake
from plateia.lake.scratch import Scratch
from transforms.identity.components import Keep, alternate_stars, check_components, contract, hashed
from transforms.identity.rounds import Rounds

Edges = list[tuple[int, int]]


def erdos(dice: random.Random) -> Edges:
    size = dice.randrange(2, 300)
    return [(dice.randrange(size), dice.randrange(size)) for _ in range(dice.randrange(1, 2 * size))]


def rmat(dice: random.Random) -> Edges:
    """Few vertices have most edges."""

    def end() -> int:
        return int(sum((dice.random() < 0.25) << bit for bit in range(9)))

    return [(end(), end()) for _ in range(dice.randrange(1, 600))]


def star(dice: random.Random) -> Edges:
    return [(0, leaf) for leaf in range(1, dice.randrange(2, 300))]


def chain(dice: random.Random) -> Edges:
    return [(vertex, vertex + 1) for vertex in range(dice.randrange(1, 300))]


def paths(dice: random.Random) -> Edges:
    return [
        (10_000 * path + step, 10_000 * path + step + 1) for path in range(9) for step in range(dice.randrange(1, 40))
    ]


def blobs(dice: random.Random) -> Edges:
    """Dense groups, some with one edge between them."""
    inside = [
        (100 * blob + dice.randrange(20), 100 * blob + dice.randrange(20)) for blob in range(6) for _ in range(60)
    ]
    return inside + [(100 * dice.randrange(6), 100 * dice.randrange(6)) for _ in range(dice.randrange(4))]


def identity(dice: random.Random) -> Edges:
    """Accounts with cookies in chains, and a shared device now and then."""
    edges = []
    for account in range(dice.randrange(1, 60)):
        before = account
        for cookie in range(dice.randrange(1, 8)):
            edges.append((before, 1_000 + 10 * account + cookie))
            before = edges[-1][1] if dice.random() < 0.5 else account
        if dice.random() < 0.1:
            edges.append((account, 5_000 + dice.randrange(3)))
    return edges


SHAPES: list[Callable[[random.Random], Edges]] = [erdos, rmat, star, chain, paths, blobs, identity]
SPECIAL = {
    "loops alone": [(1, 1), (2, 2)],
    "a loop beside an edge": [(1, 1), (1, 2)],
    "duplicates, both ways": [(1, 2), (2, 1), (1, 2)],
    "the ends of 64 bits": [(-(2**63), 2**63 - 1), (-1, 0), (0, 2**63 - 1)],
    "negative ids": [(-5, -4), (-4, -3), (7, -3)],
    "nothing": [],
}


@pytest.fixture
def keep(tmp_path: Path, spark: SparkSession) -> Iterator[Scratch]:
    del spark
    with Lake.open(str(tmp_path), create=True).scratch("test", "run") as scratch:
        yield scratch


def numbered(keep: Keep, number: int) -> Keep:
    return lambda frame, name: keep(frame, f"{number}-{name}")


def frame(spark: SparkSession, edges: list[tuple[int | None, int | None]], parts: int) -> DataFrame:
    table = pa.table(
        {"a": [a for a, _ in edges], "b": [b for _, b in edges]}, pa.schema([("a", pa.int64()), ("b", pa.int64())])
    )
    return spark.createDataFrame(table).repartition(parts)


def groups(vertices: list[int], labels: list[int]) -> set[frozenset[int]]:
    found: dict[int, set[int]] = {}
    for vertex, label in zip(vertices, labels, strict=True):
        found.setdefault(label, set()).add(vertex)
    return {frozenset(members) for members in found.values()}


def by_scipy(edges: Edges) -> set[frozenset[int]]:
    vertices = sorted({end for edge in edges for end in edge})
    place = {vertex: number for number, vertex in enumerate(vertices)}
    ends = ([place[a] for a, _ in edges], [place[b] for _, b in edges])
    graph = coo_matrix((np.ones(len(edges)), ends), shape=(len(vertices), len(vertices)))
    return groups(vertices, connected_components(graph, directed=False)[1].tolist())


def found(labels: DataFrame) -> set[frozenset[int]]:
    table = labels.toArrow()
    vertices = table["vertex"].to_pylist()
    assert len(vertices) == len(set(vertices)), "every vertex once"
    return groups(vertices, table["component"].to_pylist())


def apart(shapes: int, seed: int) -> Edges:
    """Many random graphs in one, side by side, in no order."""
    dice = random.Random(seed)
    edges = []
    for number in range(shapes):
        shift = number * 1_000_000 - 7_000_000
        edges += [(a + shift, b + shift) for a, b in SHAPES[number % len(SHAPES)](dice)]
    dice.shuffle(edges)
    return edges


@pytest.mark.parametrize("parts", [1, 7])
@pytest.mark.parametrize("finish_edges", [0, 200, 5_000_000])
def test_many_random_graphs(spark: SparkSession, keep: Keep, parts: int, finish_edges: int) -> None:
    edges = apart(35, seed=parts + finish_edges)
    rounds = Rounds()
    graph = frame(spark, edges, parts)
    labels = contract(graph, keep=keep, finish_edges=finish_edges, rounds=rounds)
    check_components(graph, labels)
    assert found(labels) == by_scipy(edges)
    assert len(rounds.left) <= 15


def test_both_engines_agree(spark: SparkSession, keep: Keep) -> None:
    edges = apart(14, seed=4)
    assert found(alternate_stars(frame(spark, edges, 3), keep=keep)) == by_scipy(edges)


@pytest.mark.parametrize("engine", [contract, alternate_stars])
def test_special_graphs(spark: SparkSession, keep: Keep, engine: Callable[..., DataFrame]) -> None:
    for number, (name, edges) in enumerate(SPECIAL.items()):
        labels = engine(frame(spark, [*edges, (None, 3), (4, None)], 2), keep=numbered(keep, number))
        assert found(labels) == (by_scipy(edges) if edges else set()), name


def test_the_same_graph_gives_the_same_rows(spark: SparkSession, keep: Keep) -> None:
    edges = apart(7, seed=9)
    tables = []
    for number, parts in enumerate((1, 7, 40)):
        labels = contract(
            frame(spark, edges[number:] + edges[:number], parts), keep=numbered(keep, number), finish_edges=0
        )
        tables.append(labels.toArrow().sort_by("vertex"))
    assert tables[0].equals(tables[1])
    assert tables[0].equals(tables[2])


def test_text_ids_are_told_apart(spark: SparkSession, keep: Keep) -> None:
    edges = [("007", "x"), ("7", "y"), (" 7", "z"), ("é", "e\u0301"), ("x", "")]
    numbers, known = hashed(spark.createDataFrame(edges, "a string, b string"))
    labels = contract(numbers, keep=keep).join(known, on="vertex").toArrow()
    parts = groups(labels["id"].to_pylist(), labels["component"].to_pylist())
    assert parts == {
        frozenset({"007", "x", ""}),
        frozenset({"7", "y"}),
        frozenset({" 7", "z"}),
        frozenset({"é", "e\u0301"}),
    }


def test_a_lost_or_cut_file_of_a_round_is_an_error(spark: SparkSession, tmp_path: Path) -> None:
    lake = Lake.open(str(tmp_path), create=True)
    edges = apart(7, seed=2)
    for harm in ("lost", "cut"):
        with lake.scratch("test", harm) as scratch:

            def keep(frame: DataFrame, name: str, scratch: Scratch = scratch, harm: str = harm) -> DataFrame:
                kept = scratch(frame, name)
                if name == "round-1":
                    files = sorted((tmp_path / "_scratch" / "test" / harm / name).glob("*.parquet"))
                    whole = max(files, key=lambda path: path.stat().st_size)
                    if harm == "lost":
                        whole.unlink()
                    else:
                        whole.write_bytes(whole.read_bytes()[:-40])
                        whole.with_name(f".{whole.name}.crc").unlink(missing_ok=True)
                return kept

            with pytest.raises(Exception, match=r"FILE|Parquet|footer|lost|not exist|not a Parquet"):
                found(contract(frame(spark, edges, 2), keep=keep, finish_edges=0))


def test_lost_rows_do_not_pass(spark: SparkSession, keep: Keep) -> None:
    edges = [(1, 2), (2, 3), (8, 9)]
    graph = frame(spark, edges, 1)
    labels = contract(graph, keep=keep)
    with pytest.raises(ArithmeticError, match="rows were lost"):
        check_components(graph, labels.where("vertex <> 2"))
    with pytest.raises(ArithmeticError, match="rows were lost"):
        check_components(graph, labels.unionAll(labels.where("vertex = 2")))


def test_scratch_goes_with_its_run(spark: SparkSession, tmp_path: Path) -> None:
    lake = Lake.open(str(tmp_path), create=True)
    with lake.scratch("test", "run") as scratch:
        assert scratch(spark.range(3).toDF("n"), "rows").count() == 3
    assert not (tmp_path / "_scratch" / "test").exists()
