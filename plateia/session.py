"""The only builder of a SparkSession."""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from plateia.errors import PlateiaError
from plateia.java import find_java
from plateia.jvm import start_jvm

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

DELTA_PACKAGE = "io.delta:delta-spark_4.2_2.13:4.4.0"

# What results depend on, wherever Spark runs.
_MEANING = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
}
_PLANNING = {
    # Constraints of a table of many columns cost minutes of planning and bring a refresh nothing.
    "spark.sql.constraintPropagation.enabled": "false",
    # A refresh has more distinct plans than the hundred that Spark keeps compiled, and comes back to each of them.
    "spark.sql.codegen.cache.maxEntries": "2000",
}
_LOCAL = {
    "spark.jars.packages": DELTA_PACKAGE,
    "spark.databricks.delta.snapshotPartitions": "2",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # A laptop's own name often resolves to an address that it no longer has.
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
}


def spark_session(settings: Mapping[str, str] | None = None) -> SparkSession:
    """The process's one Spark session: the running one, or a new one with Delta.

    Under ``spark-submit`` the JVM is up before this code: master, jars and memory are the command line's. Elsewhere a
    local one is started, quietly, from the installed pyspark. ``settings`` (the environment's ``spark:``) win.

    Raises:
        PlateiaError: There is no Java 17 or 21, Spark did not start, or its class path lacks Delta.
    """
    from pyspark.sql import SparkSession

    # pyspark's own logger prints every failed query with the value that it failed on.
    logging.getLogger("DataFrameQueryContextLogger").disabled = True
    active = SparkSession.getActiveSession()
    if active is not None:
        return active
    if is_submitted():
        return _submitted({**_MEANING, **_PLANNING, **(settings or {})})
    return _local({**_MEANING, **_PLANNING, **_LOCAL, **_sized(), **(settings or {})})


def is_submitted() -> bool:
    """Whether this process was started by ``spark-submit``, which joins its stderr to its stdout."""
    return "PYSPARK_GATEWAY_PORT" in os.environ


def _submitted(settings: Mapping[str, str]) -> SparkSession:
    from pyspark import SparkConf
    from pyspark.sql import SparkSession

    return SparkSession.builder.config(conf=SparkConf().setAll(list(settings.items()))).getOrCreate()


def _local(settings: Mapping[str, str]) -> SparkSession:
    """Start a JVM of our own: the installed pyspark's, whatever other Spark the environment names."""
    import pyspark
    from pyspark import SparkConf, SparkContext
    from pyspark.sql import SparkSession

    java = find_java(os.environ, Path(sys.prefix))
    if java is None:
        raise PlateiaError.because(
            "no Java 17 or 21 in JAVA_HOME or on PATH", hint="`python3 dev.py setup` brings one along."
        )
    os.environ.update(JAVA_HOME=str(java), SPARK_HOME=str(Path(pyspark.__file__).parent))
    os.environ.pop("PYSPARK_SUBMIT_ARGS", None)
    if settings["spark.master"].startswith("local"):
        os.environ.update(PYSPARK_PYTHON=sys.executable, PYSPARK_DRIVER_PYTHON=sys.executable)
    conf = SparkConf().setAppName("plateia").setAll(list({**_scratch(settings), **settings}.items()))
    # A session that was stopped leaves its JVM, and pyspark uses it again.
    SparkContext(conf=conf, gateway=None if SparkContext._gateway else start_jvm(conf))
    return SparkSession.builder.getOrCreate()


def _sized() -> dict[str, str]:
    """Cores and memory of this machine: a third of its memory for the JVM, at most 4 GiB, at least 1."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2
    total_mib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return {
        "spark.master": f"local[{max(2, cores)}]",
        "spark.driver.memory": f"{min(4_096, max(1_024, total_mib // 3))}m",
        "spark.sql.shuffle.partitions": str(8 * max(2, min(cores, 16))),  # Spark puts small ones together
        "spark.sql.adaptive.maxShuffledHashJoinLocalMapThreshold": "128m",
    }


def _scratch(settings: Mapping[str, str]) -> dict[str, str]:
    """Places for what Spark leaves behind: a folder that goes with the process, never the working directory."""
    folder = Path(tempfile.mkdtemp(prefix="plateia-spark-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    log4j = Path(__file__).with_name("log4j2.properties")
    options = [f"-Dlog4j2.configurationFile={log4j.as_uri()}", f"-Dderby.system.home={folder}"]
    options.append("-XX:+UseParallelGC")  # nobody waits for a single answer of this JVM: the least work is best
    # Most code that Spark generates runs for a second or two: compiling it early costs more than it brings.
    options.append("-XX:CompileThresholdScaling=4")
    given = settings.get("spark.driver.extraJavaOptions")
    return {
        "spark.sql.warehouse.dir": folder.as_uri(),
        "spark.driver.extraJavaOptions": " ".join([*options, *([given] if given else [])]),
    }
