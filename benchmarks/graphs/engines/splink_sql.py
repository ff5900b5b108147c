"""Splink's clustering of pairs, on Spark and on DuckDB; it wants a list of the vertices, which it is given."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.graphs.engines.engine import Settings, Work
from benchmarks.graphs.engines.own import edges_of
from benchmarks.graphs.files import Graph
from plateia.session import spark_session

if TYPE_CHECKING:
    from splink import DuckDBAPI, SparkAPI
    from splink.internals.splink_dataframe import SplinkDataFrame

_COLUMNS = ("vertex", "a", "b")


def on_spark(settings: Settings) -> Work:
    """With what it keeps between its rounds as Parquet files, which is its default and faster than persisting."""
    from splink import SparkAPI

    spark = spark_session({"spark.driver.memory": settings.memory})
    # Splink divides this: by four for the edges, by six for the vertices.
    parts = 4 * int(spark.conf.get("spark.sql.shuffle.partitions") or 1)

    def work(graph: Graph, out: Path) -> None:
        rounds = out.parent / "rounds"
        spark.sparkContext.setCheckpointDir(str(rounds))
        api = SparkAPI(
            spark_session=spark,
            break_lineage_method="parquet",
            num_partitions_on_repartition=parts,
            register_udfs_automatically=False,
        )
        nodes = spark.read.parquet(str(graph.vertices)).select("vertex")
        found = _clustered(nodes, edges_of(spark, graph), api).as_spark_dataframe()
        found.select("vertex", found["cluster_id"].alias("component")).write.parquet(str(out))
        shutil.rmtree(rounds)

    return work


def on_duckdb(settings: Settings) -> Work:
    """In memory, on all cores."""
    del settings
    import duckdb
    from splink import DuckDBAPI

    def work(graph: Graph, out: Path) -> None:
        with duckdb.connect() as db:
            db.execute("SET enable_progress_bar = false")
            nodes = db.sql(f"SELECT vertex FROM read_parquet('{graph.vertices}/*.parquet')")
            edges = db.sql(f"SELECT a, b FROM read_parquet('{graph.edges}/*.parquet')")
            found = _clustered(nodes, edges, DuckDBAPI(connection=db)).physical_name
            out.mkdir(parents=True)
            labels = f"SELECT vertex, cluster_id AS component FROM {found}"
            db.execute(f"COPY ({labels}) TO '{out}/0.parquet' (FORMAT parquet)")

    return work


def _clustered(nodes: object, edges: object, api: DuckDBAPI | SparkAPI) -> SplinkDataFrame:
    from splink.clustering import cluster_pairwise_predictions_at_threshold

    vertex, a, b = _COLUMNS
    return cluster_pairwise_predictions_at_threshold(nodes, edges, api, vertex, a, b)
