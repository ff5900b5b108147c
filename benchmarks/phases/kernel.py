"""The bare kernel: every block of every site in this process, on one thread; nothing is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.measuring import Row
from benchmarks.phases.stage import Stage, reader_of
from benchmarks.phases.timing import Bar, costs_of, median_of
from jobs.building import Build
from plateia.memory import keep_freed_memory
from transforms.audience.atoms import AliveLeaf
from transforms.audience.worker import BlockOutcome, evaluate_block


def bytes_a_member(stage: Stage) -> dict[str, float]:
    """Audience -> bytes of its Roaring bitmaps, all blocks together, over its members."""
    sizes, data = Counter[str](), Counter[str]()
    for outcome in evaluated(stage.build()):
        for row in outcome.members.to_pylist():
            sizes[row["audience"]] += row["size"]
            data[row["audience"]] += len(row["members"])
    return {key: data[key] / sizes[key] for key in sorted(sizes)}


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


def run(stage: Stage, *, runs: int, bar: Bar) -> tuple[Row, Facts]:
    """The median of so many passes, after one that nobody measures."""
    stage.forget_published()  # else it would make changes, too
    build = stage.build()
    keep_freed_memory()  # like a worker
    pa.set_cpu_count(1)
    facts = _facts(build)
    cost = median_of(
        costs_of(f"kernel, {stage.mix.name}", lambda _: sum(each.n_people for each in evaluated(build)), runs=runs)
    )
    what = f"kernel, one thread: {stage.mix.audiences:,} audiences, {facts.leaves} distinct leaves ({stage.mix.name})"
    return bar.judge(what, cost), facts


def _facts(build: Build) -> Facts:
    members = data = 0
    for outcome in evaluated(build):
        members += pc.sum(outcome.members["size"]).as_py() or 0
        data += pc.sum(pc.binary_length(outcome.members["members"])).as_py() or 0
    leaves = {leaf for plan in build.plans.values() for leaf in plan.leaves} - {AliveLeaf()}
    return Facts(len(leaves), members, data)
