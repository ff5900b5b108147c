"""``python3 dev.py bench audiences``: the audience engine on a seeded marketplace, phase by phase.

Every phase runs alone (``--only kernel``) and leaves its figures in ``benchmarks/results``; the data is written once,
under ``.plateia/bench``. Core-seconds are those of the driver, the JVM and the workers; figures are medians.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence

from benchmarks.company.rules import MIXES, dense_to, wide
from benchmarks.company.shape import SEED, Shape
from benchmarks.measuring import RESULTS, Row, versions, write_results
from benchmarks.phases import day, job, kernel, layout, poisoned, published, rivals
from benchmarks.phases.rivals import Contest
from benchmarks.phases.stage import FOLDER, Stage
from benchmarks.phases.timing import Bar
from benchmarks.rivals.duck import Duck
from benchmarks.rivals.giant_polars import GiantPolars
from benchmarks.rivals.spark import SparkEach, SparkGiant
from plateia.tables import BLOCK_SIZE
from plateia.trace import configure_logging

Told = tuple[list[Row], dict[str, object]]
_LIBRARIES = ("numpy", "pyarrow", "pyspark", "deltalake", "duckdb", "polars")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the phases that are asked for, or all, each in a process of its own; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python3 dev.py bench audiences", description=__doc__)
    parser.add_argument("--only", action="append", choices=PHASES, metavar="PHASE", help=f"of {', '.join(PHASES)}")
    parser.add_argument("--people", type=float, default=4e6, help="of the marketplace (4e6)")
    parser.add_argument("--events", type=float, default=40e6, help="of the marketplace (40e6)")
    parser.add_argument("--runs", type=int, default=3, help="whose median counts (3)")
    args = parser.parse_args(argv)
    configure_logging()
    names = args.only or list(PHASES)
    if len(names) > 1:
        return max(_in_a_process(name, args) for name in names)
    shape = Shape(int(args.people), int(args.events))
    rows, facts = PHASES[names[0]](shape, args.runs)
    folder = RESULTS if shape == Shape(4_000_000, 40_000_000) else FOLDER / shape.name / "results"
    told = versions(*_LIBRARIES)
    write_results(f"audiences-{names[0]}", seed=SEED, rows=rows, versions=told, facts=facts, folder=folder)
    for row in rows:
        said = "" if row.bar is None else f" ({row.bar}: {'met' if row.met else 'MISSED'})"
        sys.stdout.write(f"{row.what}: {row.core_s:.2f} core-s, {row.wall_s:.2f} s, {row.rss_mb:,.0f} MB{said}\n")
    return 0


def _in_a_process(name: str, args: argparse.Namespace) -> int:
    """A phase in a new process: its first run is the first of a JVM."""
    options = ["--people", str(args.people), "--events", str(args.events), "--runs", str(args.runs)]
    return subprocess.run(
        [sys.executable, "-m", "benchmarks.audiences", "--only", name, *options], check=False
    ).returncode


def _kernel(shape: Shape, runs: int) -> Told:
    bars = {"traits": Bar(3.0), "mixed": Bar(3.5), "ten": Bar(), "sparse": Bar()}
    told = {name: kernel.run(Stage(shape, MIXES[name]), bar=bar, runs=runs) for name, bar in bars.items()}
    return [row for row, _ in told.values()], {name: facts.as_dict() for name, (_, facts) in told.items()}


def _job(shape: Shape, runs: int) -> Told:
    return job.run(Stage(shape, MIXES["mixed"]), runs=runs, first=Bar(22.0), later=Bar(7.0, 4.0)), {}


def _job_ten(shape: Shape, runs: int) -> Told:
    return job.run(Stage(shape, MIXES["ten"]), runs=runs, first=Bar(), later=Bar(20.0)), {}


def _published(shape: Shape, runs: int) -> Told:
    return published.run(Stage(shape, MIXES["mixed"]), runs=runs, first=Bar(), later=Bar(15.0)), {}


def _published_ten(shape: Shape, runs: int) -> Told:
    return published.run(Stage(shape, MIXES["ten"]), runs=runs, first=Bar(), later=Bar(40.0)), {}


def _sparse(shape: Shape, runs: int) -> Told:
    return job.run(Stage(shape, MIXES["sparse"]), runs=runs, first=Bar(), later=Bar()), {}


def _spark_each(shape: Shape, runs: int) -> Told:
    stage = Stage(shape, MIXES["mixed"])
    each = SparkEach(stage)
    return rivals.run(stage, Contest(each.name, each.write, each.answers, 10, 500, 150), runs=runs)


def _spark_giant(shape: Shape, runs: int) -> Told:
    stage = Stage(shape, MIXES["mixed"])
    giant = SparkGiant(stage)
    return rivals.run(stage, Contest(giant.name, giant.count, giant.answers, 100, 200, 50, load=giant.load), runs=runs)


def _duckdb(shape: Shape, runs: int) -> Told:
    stage = Stage(shape, MIXES["mixed"])
    duck = Duck(stage)
    contest = Contest(
        duck.name, duck.count, duck.answers, 1_000, 20, 5, answers_afresh=True, load=duck.load, is_load_counted=False
    )
    return rivals.run(stage, contest, runs=runs)


def _duckdb_ten(shape: Shape, runs: int) -> Told:
    stage = Stage(shape, MIXES["ten"])
    duck = Duck(stage)
    contest = Contest(
        duck.name, duck.count, duck.answers, 200, 15, 15, answers_afresh=True, load=duck.load, is_load_counted=False
    )
    return rivals.run(stage, contest, runs=runs)


def _polars(shape: Shape, runs: int) -> Told:
    stage = Stage(shape, MIXES["mixed"])
    giant = GiantPolars(stage)
    return rivals.run(stage, Contest(giant.name, giant.write, giant.answers, 1_000, 8, 2), runs=runs)


def _dense(shape: Shape, runs: int) -> Told:
    """434 events a person on one block, whatever the shape; all weeks of one type."""
    del shape
    block = Shape(BLOCK_SIZE, 434 * BLOCK_SIZE, sites=("mlb",), types=("view",))
    row, facts = kernel.run(Stage(block, MIXES["dense"]), bar=Bar(rss_mb=1_500), runs=runs)
    return [row], {"events a person": 434, **facts.as_dict()}


def _wide(shape: Shape, runs: int) -> Told:
    """20,000 distinct leaves, ten an audience, on one block, whatever the shape."""
    del shape
    block = Shape(BLOCK_SIZE, BLOCK_SIZE, sites=("mlb",), types=("view",))
    row, facts = kernel.run(Stage(block, wide(20_000, a_rule=10)), bar=Bar(rss_mb=1_500), runs=runs)
    return [row], facts.as_dict()


def _density(shape: Shape, runs: int) -> Told:
    """Bytes a member of audiences of 50, 10, 1 and 0.1 percent."""
    del runs
    found = kernel.bytes_a_member(Stage(shape, dense_to(5_000, 1_000, 100, 10)))
    limits = {"bucket-05000": 0.26, "bucket-01000": 0.26, "bucket-00010": 2.2}
    rows = []
    for key, size in found.items():
        what = f"bytes a member, spread evenly at {int(key[-5:]) / 100:g} % density: {size:.3f}"
        bar = limits.get(key)
        rows.append(Row(what, 0, 0, 0, f"≤ {bar:g} bytes" if bar else None, size <= bar if bar else None))
    return rows, {"the least that any code can take at 10 % (its entropy)": "0.586 bytes a member"}


def _day(shape: Shape, runs: int) -> Told:
    return day.run([Stage(shape, MIXES[name]) for name in ("hundred", "mixed", "ten")], runs=runs)


def _poisoned(shape: Shape, runs: int) -> Told:
    return poisoned.run(Stage(shape, MIXES["mixed"]), runs=runs), {}


def _layout(shape: Shape, runs: int) -> Told:
    del runs
    return layout.run(Stage(shape, MIXES["mixed"])), {}


PHASES = {
    "layout": _layout,
    "kernel": _kernel,
    "job": _job,
    "published": _published,
    "job-10000": _job_ten,
    "published-10000": _published_ten,
    "sparse": _sparse,
    "dense": _dense,
    "wide": _wide,
    "density": _density,
    "poisoned": _poisoned,
    "day": _day,
    "spark-each": _spark_each,
    "spark-giant": _spark_giant,
    "duckdb": _duckdb,
    "duckdb-10000": _duckdb_ten,
    "polars": _polars,
}


if __name__ == "__main__":
    sys.exit(main())
