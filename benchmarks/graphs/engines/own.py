"""Our engines: contraction, and alternating stars."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession

from benchmarks.graphs.engines.engine import Settings, Work
from benchmarks.graphs.files import Graph
from plateia.lake import Lake
from plateia.session import spark_session
from transforms.identity.components import Keep, alternate_stars, contract
from transforms.identity.solve import Engine

# Two executors of one core, each a process of its own, as on a cluster.
CLUSTER = {"spark.master": "local-cluster[2,1,4096]", "spark.executor.memory": "3g"}


def contraction(settings: Settings) -> Work:
    """``contract`` on this machine's cores."""
    return _work(_session(settings), partial(contract, finish_edges=settings.finish_edges))


def contraction_on_a_cluster(settings: Settings) -> Work:
    """``contract`` on executors of their own."""
    return _work(_session(settings, **CLUSTER), partial(contract, finish_edges=settings.finish_edges))


def stars(settings: Settings) -> Work:
    """``alternate_stars`` on this machine's cores."""
    return _work(_session(settings), alternate_stars)


@contextmanager
def kept_below(folder: Path) -> Iterator[Keep]:
    """What an engine keeps between its rounds, in a lake of its own that goes with the block."""
    lake = folder / "lake"
    shutil.rmtree(lake, ignore_errors=True)
    with Lake.open(str(lake), create=True).scratch("bench", "run") as keep:
        yield keep
    shutil.rmtree(lake)


def edges_of(spark: SparkSession, graph: Graph) -> DataFrame:
    """The edges as a frame."""
    return spark.read.parquet(str(graph.edges))


def _session(settings: Settings, **more: str) -> SparkSession:
    return spark_session({"spark.driver.memory": settings.memory, **more})


def _work(spark: SparkSession, engine: Engine) -> Work:
    def work(graph: Graph, out: Path) -> None:
        with kept_below(out.parent) as keep:
            engine(edges_of(spark, graph), keep=keep).write.parquet(str(out))

    return work
