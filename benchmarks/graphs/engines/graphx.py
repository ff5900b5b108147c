"""GraphX's connected components, called through py4j: Parquet becomes its edges without a text between."""

from __future__ import annotations

from pathlib import Path

from pyspark.sql import DataFrame

from benchmarks.graphs.engines.engine import Settings, Work
from benchmarks.graphs.engines.own import edges_of
from benchmarks.graphs.files import Graph
from plateia.session import spark_session


def graphx(settings: Settings) -> Work:
    """``ConnectedComponents.run`` on a graph that may go to disk, with Kryo, as its guide says."""
    kryo = "org.apache.spark.serializer.KryoSerializer"
    spark = spark_session({"spark.driver.memory": settings.memory, "spark.serializer": kryo})
    jvm = spark.sparkContext._jvm
    assert jvm is not None  # the session is up
    long = jvm.org.apache.spark.sql.Encoders.LONG()
    pair = jvm.org.apache.spark.sql.Encoders.tuple(long, long)
    level = jvm.org.apache.spark.storage.StorageLevel.MEMORY_AND_DISK()
    of_int, nothing = jvm.scala.reflect.ClassTag.Int(), jvm.scala.Option.empty()
    of_graphs = jvm.org.apache.spark.graphx

    def work(graph: Graph, out: Path) -> None:
        parts = int(spark.conf.get("spark.sql.shuffle.partitions") or 1)
        edges = edges_of(spark, graph).repartition(parts)._jdf
        pairs = getattr(edges, "as")(pair).rdd()
        loaded = of_graphs.Graph.fromEdgeTuples(pairs, 1, nothing, level, level, of_int)
        solved = of_graphs.lib.ConnectedComponents.run(loaded, of_int, of_int)
        labels = spark._jsparkSession.createDataset(solved.vertices(), pair).toDF()
        DataFrame(labels, spark).toDF("vertex", "component").write.parquet(str(out))
        for each in (solved, loaded):
            each.unpersist(True)

    return work
