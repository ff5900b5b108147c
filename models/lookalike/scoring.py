"""Scores of a site's blocks: digests for exact cuts, then members and scores, staged by the workers themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from threadpoolctl import threadpool_limits

from models.lookalike.blocks import Access, Block, Task
from models.lookalike.logistic import Floats, Mask, Matrix, score_rows
from models.lookalike.sizes import Keys, at_least, digest, rank_keys, slice_of
from plateia.records import StagedFile
from plateia.tables import BLOCK_SIZE
from transforms.audience import roaring
from transforms.audience.worker import MemberRows
from transforms.ranking import Bracket, Digest, Slice
from transforms.tickets import salted

NO_DECILE = 255


@dataclass(frozen=True)
class Model:
    """A trained lookalike, ready to score; ``schema`` is the digest of the columns that ``weights`` are for."""

    key: str
    seed: str
    schema: str
    weights: Floats
    intercept: float


@dataclass(frozen=True)
class Cuts:
    """From which key on people are kept: a cut an audience, and the nine between the tenths, the highest first."""

    audiences: Mapping[str, int]
    tenths: tuple[int, ...]


@dataclass(frozen=True)
class Scored:
    """What a block staged."""

    block: int
    files: tuple[StagedFile, ...]


class MemberWriter(Protocol):
    """Where a worker stages members and changes of a block."""

    def write(
        self, site: str, run_id: str, block: int, *, members: pa.Table, changes: pa.Table
    ) -> list[StagedFile]: ...


class ScoreWriter(Protocol):
    """Where a worker stages the scores of a block."""

    def write(
        self, block: int, score: str, *, deciles: npt.NDArray[np.uint8], kept: bytes, values: Matrix
    ) -> StagedFile: ...


@dataclass(frozen=True)
class Stage:
    """Where the results of a site's run go; picklable. Makes a new writer a task, so that attempts never clash."""

    site: str
    run_id: str
    member_writer: Callable[[], MemberWriter]
    scores: ScoreWriter


def digest_task(models: Sequence[Model], access: Access, task: Task) -> dict[str, Digest]:
    """The digest of each model over the block's people outside its seed."""
    return {model.key: digest(keys[outside]) for _, model, _, keys, outside in _scored(models, access, task)}


def slice_task(
    models: Sequence[Model], brackets: Mapping[str, Sequence[Bracket]], access: Access, task: Task
) -> dict[str, list[Slice]]:
    """The block's part of each bracket of each model."""
    return {
        model.key: [slice_of(keys[outside], where) for where in brackets[model.key]]
        for _, model, _, keys, outside in _scored(models, access, task)
    }


def stage_task(models: Sequence[Model], cuts: Mapping[str, Cuts], stage: Stage, access: Access, task: Task) -> Scored:
    """Stage the block's members of all audiences, what changed against the published ones, and the scores."""
    rows = MemberRows(task.files.block)
    staged: list[StagedFile] = []
    for block, model, scores, keys, outside in _scored(models, access, task):
        for audience, least in cuts[model.key].audiences.items():
            chosen = outside & at_least(keys, least)
            rows.add(audience, block.words(chosen), block.reader.members(audience))
        staged.append(_stage_scores(stage.scores, block, model.key, scores, keys, cuts[model.key].tenths))
    writer = stage.member_writer()
    staged += writer.write(stage.site, stage.run_id, task.files.block, members=rows.members(), changes=rows.changes())
    return Scored(task.files.block, tuple(staged))


def _scored(
    models: Sequence[Model], access: Access, task: Task
) -> Iterator[tuple[Block, Model, npt.NDArray[np.float32], Keys, Mask]]:
    """Each model's scores and keys of the block's people, and who is outside its seed."""
    block = Block.read(access, task)
    for schema in sorted({model.schema for model in models}):
        mine = [model for model in models if model.schema == schema]
        with threadpool_limits(limits=1):  # Spark runs a task on every core already
            scores = score_rows(
                block.features(access, task, schema),
                np.stack([model.weights for model in mine], axis=1),
                np.array([model.intercept for model in mine]),
            )
        for column, model in enumerate(mine):
            own = np.ascontiguousarray(scores[:, column])
            keys = rank_keys(own, salted(block.hashes, model.key))
            yield block, model, own, keys, ~block.members(model.seed)


def _stage_scores(
    writer: ScoreWriter,
    block: Block,
    score: str,
    scores: npt.NDArray[np.float32],
    keys: Keys,
    tenths: Sequence[int],
) -> StagedFile:
    deciles = np.full(BLOCK_SIZE, NO_DECILE, np.uint8)
    deciles[block.places] = deciles_of(keys, tenths)
    used = int(block.places[-1]) + 1 if len(block.places) else 0
    top = deciles[block.places] == 1
    kept = roaring.encode(block.words(top), block.number)
    return writer.write(block.number, score, deciles=deciles[:used], kept=kept, values=scores[top])


def deciles_of(keys: Keys, tenths: Sequence[int]) -> npt.NDArray[np.uint8]:
    """1 for keys at or above the first cut, 2 at or above the second …, 10 below all nine."""
    deciles = np.ones(len(keys), np.uint8)
    for least in tenths:
        deciles += ~at_least(keys, least)
    return deciles
