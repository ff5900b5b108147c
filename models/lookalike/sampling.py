"""Rows to train on, drawn by the workers: bounded, whatever the size of the site."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.lookalike.blocks import Access, Block, Task
from models.lookalike.training import TrainingSet, sample_block


@dataclass(frozen=True)
class Request:
    """What a lookalike trains on: its seed, the digest of its schema, and the shares to draw."""

    key: str
    seed: str
    schema: str
    seed_share: float
    outside_share: float


def sample_task(requests: Sequence[Request], access: Access, task: Task) -> dict[str, TrainingSet]:
    """The block's drawn rows of every lookalike."""
    block = Block.read(access, task)
    features = {schema: block.features(access, task, schema) for schema in {request.schema for request in requests}}
    return {
        request.key: sample_block(
            features[request.schema],
            block.members(request.seed),
            block.hashes,
            key=request.key,
            seed_share=request.seed_share,
            outside_share=request.outside_share,
        )
        for request in requests
    }
