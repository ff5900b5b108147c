"""Rivals beside the kernel: equal answers first, then one and the other in turn, in one process."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from benchmarks.company.rules import Rule
from benchmarks.measuring import Row, measured
from benchmarks.phases.kernel import evaluated
from benchmarks.phases.stage import Stage
from benchmarks.phases.timing import Bar, Cost, costs_of, median_of
from benchmarks.rivals.truth import Answer, require_equal, truth_of
from jobs.building import Build
from plateia.memory import keep_freed_memory
from plateia.trace import log

Work = Callable[[Sequence[Rule]], object]
Facts = dict[str, object]


@dataclass(frozen=True, slots=True)
class Contest:
    """A rival's work and how it is counted.

    Attributes:
        load: What is done once, whatever the number of audiences.
        is_load_counted: Whether it counts; tables that are assumed to be in memory do not.
        sample: Audiences that are measured; the cost of all is extrapolated from them in proportion.
        answers_afresh: Whether its answers do the same work as is measured, so that they warm up as well.
        times_kernel, times_published: How many times the core-seconds of the engine it has to take.
    """

    name: str
    work: Work
    answers: Callable[[Sequence[Rule]], dict[str, Answer]]
    sample: int
    times_kernel: float
    times_published: float
    answers_afresh: bool = False
    load: Callable[[], object] | None = None
    is_load_counted: bool = True


def run(stage: Stage, contest: Contest, *, runs: int) -> tuple[list[Row], Facts]:
    """The rival's cost for all audiences, and the kernel's in the same minutes.

    Raises:
        ValueError: They do not answer alike; no time is said then.
    """
    rules = sampled(stage.rules, contest.sample)
    truth = truth_of(stage)
    loaded = Cost(*measured(contest.load)[1:]) if contest.load else Cost(0.0, 0.0, 0.0)
    if not contest.answers_afresh:
        contest.work(rules)  # unmeasured: compilers warm up, and written answers come about
    require_equal(contest.name, contest.answers(rules), {rule.key: truth[rule.key] for rule in rules})
    log("bench").info("%s: %d audiences are equal, sizes and ids", contest.name, len(rules))
    kernel, rival = list[Cost](), list[Cost]()
    build = stage.build()
    keep_freed_memory()
    pa.set_cpu_count(1)
    for _ in range(runs):
        kernel.append(_kernel_cost(build))
        rival += costs_of(contest.name, lambda _: contest.work(rules), runs=1)
    return _told(stage, contest, len(rules), loaded, median_of(kernel), median_of(rival))


def sampled(rules: Sequence[Rule], n: int) -> list[Rule]:
    """``n`` rules, spread evenly over all of them and over the sites, whose rules take turns."""
    step = len(rules) // n
    return [rules[i * step + (i % 4 if step >= 4 else 0)] for i in range(n)]


def _kernel_cost(build: Build) -> Cost:
    """What the kernel costs; of this process alone, since an idle JVM beside it costs something, too."""
    started, before = time.perf_counter(), time.process_time()
    _, _, _, rss_mb = measured(lambda: sum(each.n_people for each in evaluated(build)))
    cost = Cost(time.perf_counter() - started, time.process_time() - before, rss_mb)
    log("bench").info("kernel: %.2f core-s", cost.core_s)
    return cost


def _told(stage: Stage, contest: Contest, n: int, loaded: Cost, kernel: Cost, rival: Cost) -> tuple[list[Row], Facts]:
    everything = stage.mix.audiences
    once = loaded if contest.is_load_counted else Cost(0.0, 0.0, 0.0)
    wall_s, core_s = (a + b * everything / n for a, b in zip(once[:2], rival[:2], strict=True))
    whole = Cost(wall_s, core_s, rival.rss_mb)
    of_all = "all" if n == everything else f"extrapolated in proportion from {n}"
    rows = [Row(f"{contest.name}: {everything:,} audiences, {of_all}", *whole)]
    if contest.load:
        counted = "counted above" if contest.is_load_counted else "not counted"
        rows.append(Row(f"{contest.name}: once, {counted}", *loaded))
    rows.append(Bar().judge(f"kernel, in turn with {contest.name}", kernel))
    facts: Facts = {
        "rival": contest.name,
        "audiences": everything,
        "measured": n,
        "rival_core_s": round(whole.core_s, 2),
        "kernel_core_s": round(kernel.core_s, 2),
        "times_kernel_wanted": contest.times_kernel,
        "times_published_wanted": contest.times_published,
    }
    return rows, facts
