"""The whole Spark job up to members committed in Delta: plan, tasks, workers, commit; run after run in one process."""

from __future__ import annotations

from benchmarks.measuring import Row, measured
from benchmarks.phases.stage import Stage
from benchmarks.phases.timing import Bar, Cost, costs_of, median_of
from jobs.building import Build
from plateia.lake import BlockReader, MemberWriter
from plateia.session import spark_session
from plateia.tables import AUDIENCE_MEMBERS
from transforms.audience.tasks import BlockReport, run_tasks


def run(stage: Stage, *, runs: int, first: Bar, later: Bar) -> list[Row]:
    """The first run in a new JVM, and the median of those after it."""
    _ = stage.workspace
    stage.forget_published()
    _, *start = measured(lambda: spark_session({}))
    costs = costs_of(f"job, {stage.mix.name}", lambda _: committed(stage.build()), runs=runs + 1)
    stage.forget_published()
    what = f"to members committed in Delta: {stage.mix.audiences:,} audiences ({stage.mix.name})"
    return [
        Row("Spark's session started", *Cost(*start)),
        first.judge(f"{what}, first run of a JVM", costs[0]),
        later.judge(f"{what}, later runs", median_of(costs[1:])),
    ]


def cost_of(stage: Stage, *, runs: int) -> Cost:
    """The median of so many runs in a JVM that has done some before."""
    stage.forget_published()
    committed(stage.build())
    cost = median_of(costs_of(f"job, {stage.mix.name}", lambda _: committed(stage.build()), runs=runs))
    stage.forget_published()
    return cost


def committed(build: Build) -> list[BlockReport]:
    """Evaluate every block on Spark and commit what the workers wrote."""
    run_id = build.context.run.run_id
    reports = run_tasks(
        spark_session({}),
        build.tasks,
        plans=build.plans,
        inputs=build.inputs,
        run_id=run_id,
        open_reader=BlockReader,
        open_writer=MemberWriter,
    )
    staged = [file for report in reports for file in report.staged]
    build.context.lake.commit_files(AUDIENCE_MEMBERS, staged, run_id=run_id)
    return reports
