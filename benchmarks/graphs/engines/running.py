"""One engine in a process of its own: opened, warmed up, and measured once; what it cost is told as JSON."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from benchmarks.graphs.engines.engine import Settings
from benchmarks.graphs.engines.every import CLUSTERED, ENGINES
from benchmarks.graphs.files import Graph
from benchmarks.measuring import measured

TOO_LATE = 75
_WARM_FINISH = 10_000  # edges: a small graph, too, goes through some rounds


def main(argv: Sequence[str] | None = None) -> int:
    """Find the components of ``--warm``, then, measured, those of ``--graph``; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=[*ENGINES, *CLUSTERED])
    parser.add_argument("--warm", type=Path, required=True)
    parser.add_argument("--graph", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="a folder for labels/ and whatever is kept meanwhile")
    parser.add_argument("--finish-edges", type=int, required=True)
    parser.add_argument("--memory", required=True)
    parser.add_argument("--limit", type=float, required=True, help="in seconds; beyond it the exit code is 75")
    args = parser.parse_args(argv)
    engine = {**ENGINES, **CLUSTERED}[args.engine]
    warm, work = (engine.opened(Settings(finish, args.memory)) for finish in (_WARM_FINISH, args.finish_edges))
    out = args.out.absolute()
    for folder in (out / "warm", out / "labels"):
        shutil.rmtree(folder, ignore_errors=True)
    warm(Graph(args.warm, "the graph to warm up on"), out / "warm")
    watch = threading.Timer(args.limit, os._exit, (TOO_LATE,))  # the JVM ends when this process does
    watch.daemon = True
    watch.start()
    _, wall_s, core_s, rss_mb = measured(lambda: work(Graph(args.graph, "the graph"), out / "labels"))
    watch.cancel()
    told = {"wall_s": wall_s, "core_s": core_s, "rss_mb": rss_mb, "driver_mb": _most_of_this_process_mb()}
    sys.stdout.write(json.dumps(told) + "\n")
    return 0


def _most_of_this_process_mb() -> float:
    """The most resident memory that this process, and none below it, has ever had."""
    for line in Path("/proc/self/status").read_text("utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise OSError("/proc/self/status has no VmHWM")


if __name__ == "__main__":
    sys.exit(main())
