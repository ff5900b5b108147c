"""How many records are moved: everything that Spark's tasks write for a shuffle, whatever for, over all stages.

That is the sum of shuffleWriteRecords of every attempt of every stage in Spark's status store, counts and checks among
them; what is written to and read from Parquet between rounds is not moved.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from pyspark.sql import DataFrame, SparkSession

from benchmarks.graphs.engines.own import edges_of, kept_below
from benchmarks.graphs.files import FOLDER, Graph, identity_graph
from benchmarks.graphs.rows.told import Options, Told
from benchmarks.measuring import Row, measured
from plateia.session import spark_session
from transforms.identity.components import alternate_stars, check_components, contract
from transforms.identity.components.contraction import FINISH_EDGES

_MOST = 10.0
_KEPT = str(1_000_000)  # of stages and jobs, so that none is forgotten before it is counted


def run(options: Options) -> Told:
    """Both engines on one identity graph, and the check of what the first has found."""
    graph = identity_graph(options.size)
    spark = spark_session({"spark.ui.retainedStages": _KEPT, "spark.ui.retainedJobs": _KEPT})
    contraction = partial(contract, finish_edges=options.scaled(FINISH_EDGES))
    first, check = _solved(spark, graph, "contract", contraction, is_checked=True)
    second, _ = _solved(spark, graph, "alternate_stars", alternate_stars)
    assert check is not None  # it was asked for
    rows = [
        first.row(graph, "contract", most=_MOST),
        check.row(graph, "check_components of what contract has found"),
        second.row(graph, "alternate_stars"),
    ]
    facts = {
        "counted": "records that tasks write for shuffles, of every stage, by Spark's status store",
        "contract and its check": f"{(first.records + check.records) / graph.size:.2f} records an edge",
    }
    return rows, dict(facts)


@dataclass(frozen=True)
class Moved:
    """Some work: how many records it has moved, and what it cost."""

    records: int
    cost: tuple[float, float, float]

    def row(self, graph: Graph, what: str, *, most: float | None = None) -> Row:
        """The records an edge of the graph."""
        an_edge = self.records / graph.size
        said = f"{what}, {graph.name}: {an_edge:.2f} records moved an edge"
        bar = (None, None) if most is None else (f"≤ {most:g} records an edge", an_edge <= most)
        return Row(said, *self.cost, *bar)


def _solved(
    spark: SparkSession, graph: Graph, who: str, engine: Callable[..., DataFrame], *, is_checked: bool = False
) -> tuple[Moved, Moved | None]:
    """What an engine moves, and, where that is asked for, what the check of its labels moves."""
    out, edges = FOLDER.absolute() / "shuffled" / "labels", edges_of(spark, graph)
    with kept_below(out.parent) as keep:
        labels: list[DataFrame] = []
        solved = _moved(spark, lambda: labels.append(engine(edges, keep=keep)))
        labels[0].write.mode("overwrite").parquet(str(out))
        checked = _moved(spark, lambda: check_components(edges, labels[0])) if is_checked else None
    graph.require_equal(out, who=who)
    return solved, checked


def _moved(spark: SparkSession, work: Callable[[], None]) -> Moved:
    before = _records(spark)
    _, *cost = measured(work)
    return Moved(_records(spark) - before, (cost[0], cost[1], cost[2]))


def _records(spark: SparkSession) -> int:
    """Records written for shuffles since the session has started."""
    context = spark.sparkContext
    gateway, jvm = context._gateway, context._jvm
    assert gateway is not None  # the session is up
    assert jvm is not None
    running = context._jsc.sc()
    running.listenerBus().waitUntilEmpty()
    any_status, no_quantiles = None, gateway.new_array(jvm.double, 0)
    stages = running.statusStore().stageList(any_status, False, False, no_quantiles, jvm.java.util.ArrayList())
    return sum(int(stages.apply(place).shuffleWriteRecords()) for place in range(stages.size()))
