"""``python3 dev.py bench identity``: components and resolutions of people, row by row, beside their rivals.

Every row runs alone (``--only chain``) and leaves its figures in ``benchmarks/results``; graphs and companies are
written once, under ``.plateia/bench/graphs``. With ``--size`` a row is run on less, and what a graph is finished at
shrinks with it; its figures then stay under ``.plateia``.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Mapping, Sequence

from benchmarks.graphs.files import FOLDER
from benchmarks.graphs.people import SEED
from benchmarks.graphs.rows import chain, delta, engines, memory, shuffled, truth
from benchmarks.graphs.rows.told import Asked, Options
from benchmarks.measuring import RESULTS, versions, write_results
from plateia.trace import configure_logging

ROWS: Mapping[str, Asked] = {
    "chain": Asked(chain.run, 1_000_000, "vertices of the chain; ten times as many edges of people"),
    "shuffled": Asked(shuffled.run, 5_000_000, "edges"),
    "engines": Asked(engines.without_hubs, 10_000_000, "edges"),
    "engines-hubs": Asked(engines.with_hubs, 10_000_000, "edges"),
    "memory": Asked(memory.run, 20_000_000, "edges"),
    "delta": Asked(delta.run, 5_300_000, "rows of signals"),
    "truth": Asked(truth.run, 150_000, "people"),
}
_LIBRARIES = ("numpy", "scipy", "pyarrow", "pyspark", "deltalake", "duckdb", "splink")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the rows that are asked for, or all, each in a process of its own; returns the exit code."""
    sizes = "; ".join(f"{name}: {asked.size:,} {asked.unit}" for name, asked in ROWS.items())
    parser = argparse.ArgumentParser(prog="python3 dev.py bench identity", description=__doc__)
    parser.add_argument("--only", action="append", choices=ROWS, metavar="ROW", help=f"of {', '.join(ROWS)}")
    parser.add_argument("--size", type=float, help=f"of each row ({sizes})")
    parser.add_argument("--runs", type=int, default=3, help="whose median counts where there are several (3)")
    parser.add_argument("--limit", type=float, default=1800, help="seconds of a run of an engine or rival (1800)")
    parser.add_argument("--memory", default="12g", help="of the JVM of each engine and rival (12g)")
    args = parser.parse_args(argv)
    configure_logging()
    names = args.only or list(ROWS)
    if len(names) > 1:
        return max(_in_a_process(name, args) for name in names)
    return _run(names[0], args)


def _run(name: str, args: argparse.Namespace) -> int:
    asked = ROWS[name]
    size = asked.size if args.size is None else int(args.size)
    options = Options(size, size / asked.size, args.runs, args.limit, args.memory)
    rows, facts = asked.run(options)
    folder = RESULTS if size == asked.size else FOLDER.absolute() / f"results-{size}"
    told = versions(*_LIBRARIES)
    path = write_results(f"identity-{name}", seed=SEED, rows=rows, versions=told, facts=facts, folder=folder)
    for row in rows:
        said = "" if row.bar is None else f" ({row.bar}: {'met' if row.met else 'MISSED'})"
        sys.stdout.write(f"{row.what}: {row.wall_s:.2f} s, {row.core_s:.2f} core-s, {row.rss_mb:,.0f} MB{said}\n")
    for what, fact in facts.items():
        sys.stdout.write(f"  {what}: {fact}\n")
    sys.stdout.write(f"{path}\n")
    return 0


def _in_a_process(name: str, args: argparse.Namespace) -> int:
    """A row in a new process, with a session of its own."""
    options = ["--runs", str(args.runs), "--limit", str(args.limit), "--memory", args.memory]
    if args.size is not None:
        options += ["--size", str(args.size)]
    command = [sys.executable, "-m", "benchmarks.identity", "--only", name, *options]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
