"""Who is in an audience by one version of it and not by another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from plateia.tables import BLOCK_BITS
from transforms.audience import bits
from transforms.audience.choosing import Bounds
from transforms.audience.evaluation import Evaluation
from transforms.audience.meter import Meter
from transforms.audience.plan import BlockReader, SitePlan

Ordinals = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Difference:
    """Ordinals, ascending, of who would enter, leave and stay."""

    entered: Ordinals
    left: Ordinals
    stayed: Ordinals


def difference(old: Ordinals, new: Ordinals) -> Difference:
    """Compare two sets of ordinals, each without repetition."""
    return Difference(
        entered=np.setdiff1d(new, old, assume_unique=True),
        left=np.setdiff1d(old, new, assume_unique=True),
        stayed=np.intersect1d(old, new, assume_unique=True),
    )


def members_of_block(
    plan: SitePlan,
    reader: BlockReader,
    audience: str,
    *,
    block: int,
    bounds: Mapping[int, Bounds | str] | None = None,
) -> Ordinals | str:
    """The members of an audience of the plan in one block, ascending, or why they cannot be told.

    ``bounds`` say whom the plan's selections take, out of all blocks.
    """
    output = dict(zip(plan.keys, plan.outputs, strict=True))[audience]
    evaluation = Evaluation(plan, reader, block, Meter(plan), bounds)
    found = np.zeros(0, dtype=np.uint32)
    for node, words in evaluation.nodes():
        if node == output and words is not None:
            places = np.flatnonzero(bits.unpack(words & evaluation.alive, evaluation.n_places))
            found = (places + (block << BLOCK_BITS)).astype(np.uint32)
    return evaluation.failures.get(output, found)
