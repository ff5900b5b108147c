"""``python3 dev.py bench audiences``: the audience engine on a seeded marketplace, phase by phase.

Every phase runs alone (``--only kernel``) and leaves its figures in ``benchmarks/results``; the data is written once,
under ``.plateia/bench``. Core-seconds are those of the driver, the JVM and the workers; figures are medians.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from benchmarks.marketplace.rules import MIXES
from benchmarks.marketplace.shape import SEED, Shape
from benchmarks.measuring import Row, versions, write_results
from benchmarks.phases import kernel
from benchmarks.phases.stage import Stage
from plateia.trace import configure_logging

_LIBRARIES = ("numpy", "pyarrow", "pyspark", "deltalake", "duckdb", "polars")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the phases that are asked for, or all; returns the exit code."""
    phases = {"kernel": _kernel}
    parser = argparse.ArgumentParser(prog="python3 dev.py bench audiences", description=__doc__)
    parser.add_argument("--only", action="append", choices=phases, metavar="PHASE", help=f"of {', '.join(phases)}")
    parser.add_argument("--people", type=float, default=4e6, help="of the marketplace (4e6)")
    parser.add_argument("--events", type=float, default=40e6, help="of the marketplace (40e6)")
    parser.add_argument("--runs", type=int, default=3, help="whose median counts (3)")
    args = parser.parse_args(argv)
    configure_logging()
    shape = Shape(int(args.people), int(args.events))
    for name in args.only or phases:
        rows = phases[name](shape, args.runs)
        write_results(f"audiences-{name}", seed=SEED, rows=rows, versions=versions(*_LIBRARIES))
        for row in rows:
            sys.stdout.write(f"{row.what}: {row.core_s:.2f} core-s, {row.wall_s:.2f} s, {row.rss_mb:,.0f} MB\n")
    return 0


def _kernel(shape: Shape, runs: int) -> list[Row]:
    bars = {"traits": 3.0, "mixed": 3.5}
    return [kernel.run(Stage(shape, MIXES[name]), bar_s=bar, runs=runs)[0] for name, bar in bars.items()]


if __name__ == "__main__":
    sys.exit(main())
