"""The engines by the names that they are asked for by."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.graphs.engines import graphx, own, scipy_alone, splink_sql
from benchmarks.graphs.engines.engine import Engine

ENGINES: Mapping[str, Engine] = {
    "contract": Engine("contract", "finished by SciPy as it is in a resolution", own.contraction),
    "stars": Engine("alternate_stars", "our second engine, large stars and small stars", own.stars),
    "graphx": Engine(
        "GraphX ConnectedComponents", "edges from Parquet, kept in memory and on disk, Kryo", graphx.graphx
    ),
    "splink-spark": Engine(
        "Splink on Spark", "its clustering, rounds kept as Parquet, a list of the vertices given", splink_sql.on_spark
    ),
    "splink-duckdb": Engine(
        "Splink on DuckDB", "its clustering, in memory, a list of the vertices given", splink_sql.on_duckdb, False
    ),
    "scipy": Engine("SciPy alone", "one process, one core, no Spark", scipy_alone.scipy_alone, False),
}
CLUSTERED = {
    "contract-cluster": Engine(
        "contract on local-cluster[2,1]", "executors in processes of their own", own.contraction_on_a_cluster
    )
}
