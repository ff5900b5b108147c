"""Features on Spark: one task a block; workers read and write files themselves and send back descriptions."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from plateia.memory import keep_freed_memory
from plateia.records import BlockFiles, StagedFile
from transforms.features.block import Matrix, Reader, matrix_block, tally_block
from transforms.features.plan import FeaturePlan
from transforms.features.schema import FrozenSchema, Tally

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Task = TypeVar("Task")
Result = TypeVar("Result")
ReaderOf = Callable[[BlockFiles], Reader]


class MatrixWriter(Protocol):
    """Where a worker stages its block's matrix."""

    def write(
        self, block: int, ordinals: npt.NDArray[np.int32], matrix: Matrix, *, features: str, schema_hash: str
    ) -> StagedFile: ...


@dataclass(frozen=True, slots=True)
class Tallied:
    """What a block says before the schema is frozen."""

    block: int
    people: int
    tallies: tuple[Tally, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """A block's staged matrix."""

    block: int
    people: int
    file: StagedFile


def tally_task(plan: FeaturePlan, reader_of: ReaderOf, files: BlockFiles) -> Tallied:
    """Count a block's people and the values of its features."""
    people, tallies = tally_block(plan, reader_of(files))
    return Tallied(files.block, people, tuple(tallies))


def matrix_task(
    plan: FeaturePlan, schema: FrozenSchema, reader_of: ReaderOf, writer: MatrixWriter, files: BlockFiles
) -> Written:
    """Compute and stage a block's matrix."""
    ordinals, matrix = matrix_block(plan, schema, reader_of(files))
    staged = writer.write(files.block, ordinals, matrix, features=plan.features, schema_hash=schema.digest)
    return Written(files.block, len(ordinals), staged)


def map_blocks(spark: SparkSession, work: Callable[[Task], Result], tasks: Sequence[Task]) -> list[Result]:
    """Run ``work`` once a task, each a Spark task of its own; results, which must be small, in the order of the tasks.

    ``work`` and the tasks are pickled to the workers, the results back.
    """
    if not tasks:
        return []
    sent = spark.sparkContext.broadcast([pickle.dumps(task) for task in tasks])

    def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        keep_freed_memory()
        for batch in batches:
            places = batch.column(0).to_pylist()
            results = [pickle.dumps(work(pickle.loads(sent.value[place]))) for place in places]
            yield pa.record_batch({"place": pa.array(places, pa.int64()), "result": pa.array(results, pa.binary())})

    found = spark.range(0, len(tasks), 1, len(tasks)).mapInArrow(run, "place long, result binary").toArrow()
    sent.unpersist()
    in_order = sorted(found.to_pylist(), key=lambda row: int(row["place"]))
    return [pickle.loads(row["result"]) for row in in_order]
