"""Starting Spark: what is said when it cannot be, and how a machine is sized. No JVM here."""

from __future__ import annotations

import gc
import warnings
from pathlib import Path

import pytest
from pyspark import SparkConf

from plateia import session
from plateia.errors import PlateiaError
from plateia.jvm import start_jvm

IVY = """
:: loading settings :: url = jar:file:/x/ivy.jar!/ivysettings.xml
		::          UNRESOLVED DEPENDENCIES         ::
		:: io.delta#delta-spark_4.2_2.13;4.4.0: not found
Exception in thread "main" RuntimeException: [unresolved dependency: io.delta#delta-spark_4.2_2.13;4.4.0: not found]
	at org.apache.spark.util.MavenUtils$.resolve(MavenUtils.scala:1)
"""
MEMORY = "Error occurred during initialization of VM\nCould not reserve enough space for object heap\n"


def spark_that_says(folder: Path, text: str) -> Path:
    """A Spark home whose start script only says something."""
    script = folder / "bin" / "spark-submit"
    script.parent.mkdir()
    (folder / "said").write_text(text)
    script.write_text(f"#!/bin/sh\ncat {folder / 'said'}\nexit 1\n")
    script.chmod(0o755)
    return folder


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(IVY, "package io.delta:delta-spark_4.2_2.13 could not be fetched", id="no Delta jar"),
        pytest.param(MEMORY, "It said 'Could not reserve enough space for object heap'.", id="no memory"),
        pytest.param("", "It said nothing.", id="silence"),
    ],
)
def test_a_spark_that_does_not_start_is_one_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    text: str,
    words: str,
) -> None:
    monkeypatch.setenv("SPARK_HOME", str(spark_that_says(tmp_path, text)))
    monkeypatch.delenv("PYSPARK_GATEWAY_PORT", raising=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # pyspark leaves the dead process's stdin open
        with pytest.raises(PlateiaError) as refusal:
            start_jvm(SparkConf(loadDefaults=False))
        refusal.value.__context__ = None
        gc.collect()
    (problem,) = refusal.value.problems
    assert problem.got == "Spark did not start"
    assert words in str(problem)
    assert capfd.readouterr() == ("", "")


def test_without_java_the_command_that_mends_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "find_java", lambda *_: None)
    with pytest.raises(PlateiaError, match=r"no Java 17 or 21.*`python3 dev.py setup`"):
        session._local({"spark.master": "local[2]"})


@pytest.mark.parametrize(
    ("gib", "memory"),
    [
        pytest.param(1, "1024m", id="least"),
        pytest.param(6, "2048m", id="a third"),
        pytest.param(64, "4096m", id="most"),
    ],
)
def test_memory_follows_the_machine(monkeypatch: pytest.MonkeyPatch, gib: int, memory: str) -> None:
    monkeypatch.setattr(session.os, "sysconf", {"SC_PAGE_SIZE": 4_096, "SC_PHYS_PAGES": gib * 2**18}.__getitem__)
    assert session._sized()["spark.driver.memory"] == memory
