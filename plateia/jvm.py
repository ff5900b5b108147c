"""Starting Spark's JVM without its noise: what it says while it starts is shown only if it does not."""

from __future__ import annotations

import os
import re
import threading
from collections import deque
from collections.abc import Callable
from typing import IO, TYPE_CHECKING

from plateia.errors import PlateiaError, echo

if TYPE_CHECKING:
    from py4j.java_gateway import JavaGateway
    from pyspark import SparkConf

_STDERR = 2
_KEPT_LINES = 400
_UNRESOLVED = re.compile(r"unresolved dependency: ([^:\s]+)#([^;\s]+);")
_TOLD = re.compile(r"(?:Error|Exception|cannot|could not)", re.IGNORECASE)


def start_jvm(conf: SparkConf) -> JavaGateway:
    """Start the JVM of ``conf`` and connect to it; stdout stays ours alone.

    Raises:
        PlateiaError: It ended before it could be connected to; the reason is taken from what it said.
    """
    from pyspark import java_gateway
    from pyspark.errors import PySparkRuntimeError

    launch: Callable[[SparkConf, dict[str, int]], JavaGateway] = java_gateway.launch_gateway
    output = _Output()
    try:
        gateway = launch(conf, {"stdout": output.write, "stderr": output.write})
    except (OSError, PySparkRuntimeError):
        output.close()
        output.thread.join(timeout=10)
        raise PlateiaError.because("Spark did not start", hint=_reason(list(output.kept))) from None
    output.pass_on()
    return gateway


class _Output:
    """What the JVM prints, read to its end by a thread: kept while it starts, then passed on to stderr."""

    def __init__(self) -> None:
        read, self.write = os.pipe()
        self.kept: deque[str] = deque(maxlen=_KEPT_LINES)
        self._is_up = False
        self.thread = threading.Thread(target=self._pump, args=(os.fdopen(read, "rb"),), name="jvm-output", daemon=True)
        self.thread.start()

    def pass_on(self) -> None:
        """From now on lines go to stderr; the JVM holds the only writing end."""
        self._is_up = True
        self.close()

    def close(self) -> None:
        os.close(self.write)

    def _pump(self, lines: IO[bytes]) -> None:
        with lines:
            for line in lines:
                if self._is_up:
                    os.write(_STDERR, line)
                else:
                    self.kept.append(line.decode("utf-8", "replace").strip())


def _reason(lines: list[str]) -> str:
    """One sentence for a user out of the pages that Spark and Ivy print."""
    for line in lines:
        if missing := _UNRESOLVED.search(line):
            return (
                f"Its package {missing[1]}:{missing[2]} could not be fetched: is Maven Central (or your mirror in "
                "ivysettings, spark.jars.ivySettings) within reach?"
            )
    told = next((line for line in reversed(lines) if _TOLD.search(line) and not line.startswith("at ")), None)
    return f"It said {echo(told)}." if told else "It said nothing."
