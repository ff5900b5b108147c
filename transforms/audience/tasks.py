"""Block tasks on the cluster: one task a block, through ``mapInArrow``; nothing person-sized crosses to Spark."""

from __future__ import annotations

import pickle
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyspark import Broadcast, TaskContext
from pyspark.sql import SparkSession

from plateia.memory import keep_freed_memory
from plateia.records import Amount, BlockFiles, BlockInputs, FreshTotals, StagedFile
from transforms.audience.deciding import Answer, Decisions, Request, answer
from transforms.audience.partials.store import TotalsStore
from transforms.audience.plan import BlockReader, SitePlan
from transforms.audience.worker import evaluate_block

_REPORT = pa.schema([("report", pa.binary())])


class CountingReader(BlockReader, Protocol):
    """A reader of a block that counts what it reads."""

    @property
    def amounts(self) -> Mapping[str, Amount]:
        """What has been read so far, by table."""


class MemberWriter(Protocol):
    """Writes a block's rows into the run's own partition and describes the files."""

    def write(
        self, site: str, run_id: str, block: int, *, members: pa.Table, changes: pa.Table
    ) -> list[StagedFile]: ...


class TotalsFiles(TotalsStore, Protocol):
    """Daily totals of a block that can be written, too."""

    @property
    def amounts(self) -> Mapping[str, Amount]:
        """What has been read so far, by table."""

    def write(self, run_id: str, attempt: str, fresh: Sequence[FreshTotals]) -> tuple[list[StagedFile], list[str]]:
        """Stage fresh totals; returns the files, and the paths of those that they replace."""


OpenReader = Callable[[BlockInputs, BlockFiles], CountingReader]
OpenTotals = Callable[[BlockInputs, BlockFiles], TotalsFiles]
OpenWriter = Callable[[str, str], MemberWriter]  # lake URI, a name that is unique to the attempt


@dataclass(frozen=True, slots=True)
class BlockReport:
    """What a successful task says of its block; files that no report names do not exist.

    Attributes:
        n_people: People who are alive.
        failures: Why an audience could not be computed here.
        core_ms: Processor time of each audience, in the order of the plan's keys.
        staged: The files it wrote.
        amounts: What it read, by table.
        totals: The files of daily totals it wrote; ``replaced``: the paths of those that they stand for now.
    """

    site: str
    block: int
    n_people: int
    failures: Mapping[str, str]
    core_ms: npt.NDArray[np.float64]
    staged: tuple[StagedFile, ...]
    amounts: Mapping[str, Amount] = field(default_factory=dict)
    totals: tuple[StagedFile, ...] = ()
    replaced: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BlockJob:
    """Everything the tasks of a run share; broadcast once."""

    run_id: str
    plans: Mapping[str, SitePlan]
    inputs: Mapping[str, BlockInputs]
    tasks: tuple[BlockFiles, ...]
    decisions: Mapping[str, Decisions]
    open_reader: OpenReader
    open_writer: OpenWriter
    open_totals: OpenTotals | None

    def run(self, index: int, attempt: str) -> BlockReport:
        """Evaluate one block, write its files and describe them."""
        task = self.tasks[index]
        inputs = self.inputs[task.site]
        reader, bounds = self.open_reader(inputs, task), self.decisions[task.site].bounds
        store = None if self.open_totals is None else self.open_totals(inputs, task)
        outcome = evaluate_block(self.plans[task.site], reader, block=task.block, bounds=bounds, store=store)
        writer = self.open_writer(inputs.uri, attempt)
        staged = writer.write(task.site, self.run_id, task.block, members=outcome.members, changes=outcome.changes)
        totals, replaced = ([], []) if store is None else store.write(self.run_id, attempt, outcome.fresh_totals)
        return BlockReport(
            site=task.site,
            block=task.block,
            n_people=outcome.n_people,
            failures=outcome.failures,
            core_ms=outcome.core_ms,
            staged=tuple(staged),
            amounts={**reader.amounts, **({} if store is None else store.amounts)},
            totals=tuple(totals),
            replaced=tuple(replaced),
        )


def run_tasks(
    spark: SparkSession,
    tasks: Sequence[BlockFiles],
    *,
    plans: Mapping[str, SitePlan],
    inputs: Mapping[str, BlockInputs],
    run_id: str,
    open_reader: OpenReader,
    open_writer: OpenWriter,
    decisions: Mapping[str, Decisions] | None = None,
    open_totals: OpenTotals | None = None,
    partitions: int | None = None,
) -> list[BlockReport]:
    """Evaluate every block on the cluster.

    Args:
        tasks: The blocks; each site has a plan and inputs.
        open_reader: Makes the reader of a block on the executor; picklable.
        open_writer: Makes the writer of an attempt on the executor; picklable.
        open_totals: Makes the daily totals of a block on the executor; without it all events are read.
        decisions: Whom the selections of each site take; for plans without any they need not be given.
        partitions: Spark tasks; one a block unless given. The files are the same for any number.

    Returns:
        One report a block, by site and block.
    """
    if not tasks:
        return []
    decided = {site: (decisions or {}).get(site, Decisions()) for site in plans}
    job = BlockJob(run_id, dict(plans), dict(inputs), tuple(tasks), decided, open_reader, open_writer, open_totals)
    shared = spark.sparkContext.broadcast(job)
    try:
        indices = spark.range(0, len(tasks), 1, partitions or len(tasks))
        rows = indices.mapInArrow(_on_executor(shared), "report binary").collect()
    finally:
        shared.unpersist()
    reports: list[BlockReport] = [pickle.loads(row.report) for row in rows]
    return sorted(reports, key=lambda report: (report.site, report.block))


def answer_task(
    requests: Mapping[str, Request], inputs: Mapping[str, BlockInputs], open_reader: OpenReader, task: BlockFiles
) -> tuple[str, Answer]:
    """What a block says to the request to its site, and which site that is."""
    reader = open_reader(inputs[task.site], task)
    said = answer(requests[task.site], reader, task.block)
    return task.site, replace(said, amounts=dict(reader.amounts))


def by_site(answers: Iterable[tuple[str, Answer]]) -> dict[str, list[Answer]]:
    """The answers of the blocks of each site."""
    found: dict[str, list[Answer]] = defaultdict(list)
    for site, said in answers:
        found[site].append(said)
    return found


def _on_executor(
    shared: Broadcast[BlockJob],
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def evaluate(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        context = TaskContext.get()
        task_attempt = context.taskAttemptId() if context is not None else 0
        keep_freed_memory()
        for batch in batches:
            for index in batch.column(0).to_pylist():
                # Two clusters may write to one lake: the attempt's number alone is not unique.
                report = shared.value.run(index, f"{task_attempt}-{uuid.uuid4().hex[:8]}")
                yield pa.record_batch([pa.array([pickle.dumps(report)], pa.binary())], schema=_REPORT)

    return evaluate
