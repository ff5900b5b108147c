"""``spark-submit`` with the packaged code: executors apart from the driver publish the very bytes of the local run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pyspark

import dev
from plateia.java import find_java
from plateia.session import DELTA_PACKAGE
from tests.lakes import REPOSITORY, BuiltLake

_OF_A_BUILD = ("audience_members", "audience_changes", "audience_current", "audience_runs", "quality_results")
_BITS = ["site", "audience", "block", "size", "hash", "members"]
_CHANGES = ["site", "audience", "block", "n_entered", "n_left", "entered", "left"]


def unbuilt_copy(built: BuiltLake, folder: Path) -> Path:
    """The same warehouse before its audiences were built."""
    lake = folder / "lake"
    shutil.copytree(built.lake, lake)
    for table in _OF_A_BUILD:
        shutil.rmtree(lake / table)
    return lake


def submit(folder: Path, archive: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the job on a local cluster from a folder that holds nothing of ours but the job and the package."""
    spark_home = Path(pyspark.__file__).parent
    job = folder / "submitted" / "build_audiences.py"
    job.parent.mkdir()
    shutil.copy(REPOSITORY / "jobs" / "build_audiences.py", job)
    environment = {name: value for name, value in os.environ.items() if name not in dev.FOREIGN}
    environment |= {
        "JAVA_HOME": str(find_java(os.environ, Path(sys.prefix))),
        "SPARK_HOME": str(spark_home),
        "SPARK_WORKER_DIR": str(folder / "work"),
        "PYSPARK_PYTHON": sys.executable,
    }
    command = [
        str(spark_home / "bin" / "spark-submit"),
        *("--master", "local-cluster[2,1,1024]", "--packages", DELTA_PACKAGE, "--py-files", str(archive)),
        *("--conf", "spark.ui.enabled=false", "--conf", "spark.driver.memory=1g"),
        *("--conf", "spark.driver.host=127.0.0.1", "--conf", "spark.driver.bindAddress=127.0.0.1"),
        *(str(job), "--json", *options),
    ]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


def rows(lake: Path, table: str, columns: list[str]) -> list[tuple[object, ...]]:
    """The rows of a table, sorted; the run and the file that they stand in do not matter."""
    return sorted(pl.read_delta(str(lake / table)).select(columns).rows())


def test_a_submitted_build_publishes_the_same_bytes(company_lake: BuiltLake, tmp_path: Path) -> None:
    assert dev.main(["package"]) == 0
    lake = unbuilt_copy(company_lake, tmp_path)
    options = ["--configs", str(company_lake.configs), "--lake", str(lake), "--as-of", company_lake.as_of]
    said = submit(tmp_path, REPOSITORY / "dist" / "plateia.zip", *options)
    assert said.returncode == company_lake.exits["build-audiences"], said.stderr[-4_000:]
    assert json.loads(said.stdout)["command"] == "build-audiences"
    here = rows(company_lake.lake, "audience_members", _BITS)
    assert len({row[0] for row in here}) > 1, "one site would hardly need a cluster"
    assert rows(lake, "audience_members", _BITS) == here
    assert rows(lake, "audience_changes", _CHANGES) == rows(company_lake.lake, "audience_changes", _CHANGES)
