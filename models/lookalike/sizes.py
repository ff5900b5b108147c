"""Exact cuts through the scores of all blocks, without gathering the scores of all people.

A person's key is 64 bits: the score's 32 in sortable form, then 32 of the hashed person id, so ties are decided and
keys are all but unique. Each block sends a digest (every ``step``-th of its sorted keys), which brackets each cut to a
few keys; a second pass fetches just those. Blocks of up to ``DIGEST_KEYS`` people send all keys and need no second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import numpy.typing as npt

from transforms.tickets import Tickets

DIGEST_KEYS = 4_096
NOBODY = 1 << 64  # a cut above every key

Keys = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Digest:
    """``keys[i]`` is the key of rank ``i * step`` (0 is the best) among the ``count`` people of a block."""

    count: int
    step: int
    keys: Keys


@dataclass(frozen=True)
class Bracket:
    """The cut for ``wanted`` people lies in ``low <= key < high``; ``high`` may be ``NOBODY``."""

    wanted: int
    low: int
    high: int


@dataclass(frozen=True)
class Slice:
    """What one block holds of a bracket: how many keys at or above its high end, and the keys within."""

    above: int
    keys: Keys


def rank_keys(scores: npt.NDArray[np.float32], tickets: Tickets) -> Keys:
    """Keys that sort as (score, hashed person id) do; -0.0 and 0.0 tie."""
    bits = (scores + np.float32(0)).view(np.uint32)
    negative = bits >> np.uint32(31) == 1
    ordered = np.where(negative, ~bits, bits | np.uint32(1 << 31)).astype(np.uint64)
    return (ordered << np.uint64(32)) | (tickets >> np.uint64(32))


def digest(keys: Keys) -> Digest:
    """A block's digest, of at most ``DIGEST_KEYS`` keys."""
    step = max(1, -(-len(keys) // DIGEST_KEYS))
    return Digest(len(keys), step, np.sort(keys)[::-1][::step].copy())


def bracket(digests: Sequence[Digest], wanted: int) -> Bracket:
    """Where the ``wanted``-th best key of all blocks must lie."""
    if wanted <= 0:
        return Bracket(0, NOBODY, NOBODY)
    known = np.unique(np.concatenate([d.keys for d in digests])) if digests else np.empty(0, np.uint64)
    least, most = np.zeros(len(known), np.int64), np.zeros(len(known), np.int64)
    for block in digests:
        sampled = len(block.keys) - np.searchsorted(block.keys[::-1], known, side="left")
        least += np.where(sampled > 0, (sampled - 1) * block.step + 1, 0)
        most += np.minimum(sampled * block.step, block.count)
    enough, short = np.flatnonzero(least >= wanted), np.flatnonzero(most < wanted)
    low = int(known[enough[-1]]) if len(enough) else 0
    high = int(known[short[0]]) if len(short) else NOBODY
    return Bracket(wanted, low, high)


def slice_of(keys: Keys, where: Bracket) -> Slice:
    """A block's part of a bracket."""
    above = keys >= np.uint64(where.high) if where.high < NOBODY else np.zeros(len(keys), np.bool_)
    return Slice(int(above.sum()), keys[at_least(keys, where.low) & ~above])


def cut(where: Bracket, slices: Sequence[Slice]) -> int:
    """The key from which on people are kept: as many as wanted, or everybody where there are not that many."""
    if where.wanted == 0:
        return NOBODY
    missing = where.wanted - sum(part.above for part in slices)
    inside = np.sort(np.concatenate([part.keys for part in slices]))[::-1] if slices else np.empty(0, np.uint64)
    return int(inside[missing - 1]) if missing <= len(inside) else 0


def at_least(keys: Keys, least: int) -> npt.NDArray[np.bool_]:
    """The people at or above a cut."""
    return keys >= np.uint64(least) if least < NOBODY else np.zeros(len(keys), np.bool_)


def wanted_people(size: Decimal | int, outside: int) -> int:
    """How many people a size means: a share of the people outside the seed (half up), or a number of people."""
    if isinstance(size, int):
        return min(outside, size)
    return int((size * outside).to_integral_value(ROUND_HALF_UP))
