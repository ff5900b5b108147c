"""The bare kernel: every block of every site in this process, on one thread; nothing is written."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.measuring import Row, measured
from benchmarks.phases.stage import Stage, reader_of
from jobs.building import Build
from plateia.trace import log
from transforms.audience.plan import AliveLeaf
from transforms.audience.worker import BlockOutcome, evaluate_block


@dataclass(frozen=True, slots=True)
class Facts:
    """What a pass over all blocks came to."""

    leaves: int
    members: int
    bytes: int

    def as_dict(self) -> dict[str, object]:
        return {"leaves": self.leaves, "members": self.members, "bytes_a_member": round(self.bytes / self.members, 3)}


def evaluated(build: Build) -> Iterator[BlockOutcome]:
    """The outcome of every block, one after the other."""
    for index, task in enumerate(build.tasks):
        outcome = evaluate_block(build.plans[task.site], reader_of(build, index), block=task.block)
        if outcome.failures:
            raise ValueError(f"{task.site}, block {task.block}: {dict(outcome.failures)}")
        yield outcome


def run(stage: Stage, *, bar_s: float | None, runs: int = 3) -> tuple[Row, Facts]:
    """Medians of so many passes, after one that nobody measures."""
    build = stage.build()
    facts = _facts(build)
    pa.set_cpu_count(1)
    costs = []
    for number in range(1, runs + 1):
        _, wall_s, core_s, rss_mb = measured(lambda: sum(outcome.n_people for outcome in evaluated(build)))
        log("bench").info("kernel, %s: run %d of %d, %.2f core-s", stage.mix.name, number, runs, core_s)
        costs.append((wall_s, core_s, rss_mb))
    wall_s, core_s, rss_mb = (statistics.median(values) for values in zip(*costs, strict=True))
    what = f"kernel, one thread: {stage.mix.audiences:,} audiences, {facts.leaves} distinct leaves ({stage.mix.name})"
    bar = None if bar_s is None else f"≤ {bar_s:g} core-s"
    return Row(what, wall_s, core_s, rss_mb, bar, None if bar_s is None else core_s <= bar_s), facts


def _facts(build: Build) -> Facts:
    members = data = 0
    for outcome in evaluated(build):
        members += pc.sum(outcome.members["size"]).as_py() or 0
        data += pc.sum(pc.binary_length(outcome.members["members"])).as_py() or 0
    leaves = {leaf for plan in build.plans.values() for leaf in plan.leaves} - {AliveLeaf()}
    return Facts(len(leaves), members, data)
