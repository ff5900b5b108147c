"""Whom a size means: cuts through the scores of all blocks, exact, without gathering the scores of all people.

A person's key is 64 bits: the score's 32 in sortable form, then 32 of the hashed person id, so ties are decided and
keys are all but unique. Here the greatest key is the best; ``transforms.ranking``, which finds the cuts, has the least.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import numpy.typing as npt

from transforms import ranking
from transforms.ranking import Bracket, Digest, Slice, ordered
from transforms.tickets import Tickets

NOBODY = 1 << 64  # a cut above every key

Keys = npt.NDArray[np.uint64]


def rank_keys(scores: npt.NDArray[np.float32], tickets: Tickets) -> Keys:
    """Keys that sort as (score, hashed person id) do; -0.0 and 0.0 tie."""
    return (ordered(scores).astype(np.uint64) << np.uint64(32)) | (tickets >> np.uint64(32))


def digest(keys: Keys) -> Digest:
    """A block's digest."""
    return ranking.digest(~keys)


def cuts(brackets: Sequence[Bracket], digests: Sequence[Digest], slices: Sequence[Sequence[Slice]] | None) -> list[int]:
    """The key of each bracket from which on people are kept: all keys' where fewer are there, none's if none is wanted.

    Args:
        digests: One a block.
        slices: Of each block, its part of each bracket; None where digests are whole blocks.
    """
    ends = ranking.cuts(brackets, digests, slices, nobody=-1)
    return [0 if end is None else NOBODY - 1 - int(end) for end in ends]


def slice_of(keys: Keys, where: Bracket) -> Slice:
    """A block's part of a bracket."""
    return ranking.slice_of(~keys, where)


def at_least(keys: Keys, least: int) -> npt.NDArray[np.bool_]:
    """The people at or above a cut."""
    return keys >= np.uint64(least) if least < NOBODY else np.zeros(len(keys), np.bool_)


def wanted_people(size: Decimal | int, outside: int) -> int:
    """How many people a size means: a share of the people outside the seed (half up), or a number of people."""
    if isinstance(size, int):
        return min(outside, size)
    return int((size * outside).to_integral_value(ROUND_HALF_UP))
