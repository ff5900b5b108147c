"""Exact cuts through the ranked keys of all blocks, without gathering the keys of all people.

Keys sort as people rank: the least key is the best, and no two people have the same. Each block sends a digest (every
``step``-th of its sorted keys), which brackets each cut to a few keys; a second pass fetches just those. Blocks of up
to ``DIGEST_KEYS`` people send all keys and need no second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

DIGEST_KEYS = 4_096

Keys = npt.NDArray[Any]  # unsigned integers, or bytes
Floats = npt.NDArray[np.float32] | npt.NDArray[np.float64]
Key = Any  # an element of them


@dataclass(frozen=True, slots=True)
class Digest:
    """``keys[i]`` is the key of rank ``i * step`` (0 is the best) among the ``count`` people of a block."""

    count: int
    step: int
    keys: Keys


@dataclass(frozen=True, slots=True)
class Bracket:
    """The key of the ``wanted``-th person is in (``low``, ``high``]; None has no bound: all may be wanted."""

    wanted: int
    low: Key | None
    high: Key | None


@dataclass(frozen=True, slots=True)
class Slice:
    """What one block holds of a bracket: how many keys up to its low end, and the keys within."""

    before: int
    keys: Keys


def digest(keys: Keys, *, most: int | None = None) -> Digest:
    """A block's digest, of at most ``DIGEST_KEYS`` keys.

    Args:
        most: Nobody behind this rank of the block matters: they are left out, and not counted.
    """
    ordered = np.sort(keys)[:most]
    step = max(1, -(-len(ordered) // DIGEST_KEYS))
    return Digest(len(ordered), step, ordered[::step].copy())


def bracket(digests: Sequence[Digest], wanted: int) -> Bracket:
    """Where the key of the ``wanted``-th person (counted from 1) of all blocks must lie."""
    known = np.unique(np.concatenate([d.keys for d in digests])) if digests else np.empty(0, np.uint64)
    least, most = np.zeros(len(known), np.int64), np.zeros(len(known), np.int64)
    for block in digests:
        sampled = np.searchsorted(block.keys, known, side="right")
        least += np.where(sampled > 0, (sampled - 1) * block.step + 1, 0)
        most += np.minimum(sampled * block.step, block.count)
    enough, short = np.flatnonzero(least >= wanted), np.flatnonzero(most < wanted)
    low = known[short[-1]] if len(short) else None
    high = known[enough[0]] if len(enough) else None
    return Bracket(wanted, low, high)


def slice_of(keys: Keys, where: Bracket) -> Slice:
    """A block's part of a bracket."""
    before = np.zeros(len(keys), np.bool_) if where.low is None else keys <= where.low
    inside = ~before if where.high is None else ~before & (keys <= where.high)
    return Slice(int(before.sum()), keys[inside])


def cut(where: Bracket, slices: Sequence[Slice]) -> Key | None:
    """The key of the last person who is wanted; None where there are fewer people than that: all are wanted.

    ``wanted`` must be at least 1.
    """
    missing = where.wanted - sum(part.before for part in slices)
    inside = np.sort(np.concatenate([part.keys for part in slices])) if slices else np.empty(0, np.uint64)
    return inside[missing - 1] if missing <= len(inside) else None


def cut_of_digests(digests: Sequence[Digest], where: Bracket) -> Key | None:
    """The same from digests that are whole blocks (``step`` 1): there the bracket ends at the cut."""
    return where.high if sum(block.count for block in digests) >= where.wanted else None


def cuts(
    brackets: Sequence[Bracket],
    digests: Sequence[Digest],
    slices: Sequence[Sequence[Slice]] | None,
    *,
    nobody: Key,
) -> list[Key | None]:
    """The cut of each bracket; ``nobody`` where no one is wanted.

    Args:
        digests: One a block.
        slices: Of each block, its part of each bracket; None where digests are whole blocks.
    """

    def cut_at(place: int, where: Bracket) -> Key | None:
        if where.wanted <= 0:
            return nobody
        return cut_of_digests(digests, where) if slices is None else cut(where, [parts[place] for parts in slices])

    return [cut_at(place, where) for place, where in enumerate(brackets)]


def ordered(values: Floats) -> Keys:
    """Unsigned integers, as wide as the numbers, that sort as they do; -0.0 and 0.0 tie."""
    unsigned = np.dtype(f"u{values.itemsize}").type
    sign = unsigned(1 << (8 * values.itemsize - 1))
    bits = (values + values.dtype.type(0)).view(unsigned)
    keys: Keys = np.where(bits & sign, ~bits, bits | sign)
    return keys
