"""The only builder of a SparkSession."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.databricks.delta.snapshotPartitions": "2",
    "spark.sql.shuffle.partitions": "2",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.python.worker.reuse": "true",
    "spark.driver.memory": "4g",
}


def spark_session(settings: Mapping[str, str] | None = None) -> SparkSession:
    """The process's one Spark session: the running one, or a new one with Delta.

    Under ``spark-submit`` the JVM is up before this code: master, jars and memory are the command line's, and only
    the settings that may still change are applied.
    """
    from pyspark.sql import SparkSession

    active = SparkSession.getActiveSession()
    if active is not None:
        return active
    builder = SparkSession.builder.appName("plateia")
    submitted = "PYSPARK_GATEWAY_PORT" in os.environ
    for key, value in {**_SETTINGS, **(settings or {})}.items():
        builder = builder.config(key, value)
    if not submitted:
        from delta import configure_spark_with_delta_pip

        builder = configure_spark_with_delta_pip(builder.master((settings or {}).get("spark.master", "local[2]")))
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark
