"""What an engine is to a contest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.graphs.files import Graph

# Reads the graph and writes ``vertex, component`` LONG as Parquet files below the path.
Work = Callable[[Graph, Path], object]


@dataclass(frozen=True)
class Settings:
    """What engines are opened with.

    Attributes:
        finish_edges: See ``contract``.
        memory: Of the JVM, as Spark writes it.
    """

    finish_edges: int
    memory: str = "12g"


@dataclass(frozen=True)
class Engine:
    """One way to find components.

    Attributes:
        name: Of the row.
        form: How it is run, in a sentence.
        opened: Starts what it needs; unmeasured.
        is_of_spark: Whether it moves its rows by Spark.
    """

    name: str
    form: str
    opened: Callable[[Settings], Work]
    is_of_spark: bool = True
