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

_MOST = 10.0
_FINISH_SHARE = 0.02
_KEPT = str(1_000_000)  # of stages and jobs, so that none is forgotten before it is counted


def run(options: Options) -> Told:
    """Contraction to its end and to a finish of 2 % of the edges, the check of what it has found, and our stars."""
    graph = identity_graph(options.size)
    spark = spark_session({"spark.ui.retainedStages": _KEPT, "spark.ui.retainedJobs": _KEPT})
    finish_edges = round(_FINISH_SHARE * graph.size)
    to_the_end, check = _solved(spark, graph, "contract", partial(contract, finish_edges=0))
    finished, _ = _solved(spark, graph, "contract", partial(contract, finish_edges=finish_edges))
    starred, _ = _solved(spark, graph, "alternate_stars", alternate_stars)
    rows = [
        to_the_end.row(graph, "contract to the end", most=_MOST),
        finished.row(graph, f"contract to a finish of {finish_edges:,} edges", most=_MOST),
        check.row(graph, "check_components of what contract has found"),
        starred.row(graph, "alternate_stars"),
    ]
    facts: dict[str, object] = {
        "counted": "records that tasks write for shuffles, of every stage, by its status store; broadcasts are none",
        "contract to the end and its check": f"{(to_the_end.records + check.records) / graph.size:.2f} records an edge",
    }
    return rows, facts


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


def _solved(spark: SparkSession, graph: Graph, who: str, engine: Callable[..., DataFrame]) -> tuple[Moved, Moved]:
    """What an engine moves, and what the check of its labels moves."""
    out, edges = FOLDER.absolute() / "shuffled" / "labels", edges_of(spark, graph)
    with kept_below(out.parent) as keep:
        labels: list[DataFrame] = []
        solved = _moved(spark, lambda: labels.append(engine(edges, keep=keep)))
        checked = _moved(spark, lambda: check_components(edges, labels[0]))
        labels[0].write.mode("overwrite").parquet(str(out))
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
