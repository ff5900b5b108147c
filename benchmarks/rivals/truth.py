"""What an audience's answer is: its size and a hash of its ids, the same whoever computes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from benchmarks.phases.kernel import evaluated
from benchmarks.phases.stage import Stage

Hashes = npt.NDArray[np.uint64]


class Answer(NamedTuple):
    """How many members, and the sum of a 64-bit mix of their ordinals, modulo 2^64."""

    size: int
    hash: int


def mixed(ordinals: npt.NDArray[np.integer]) -> Hashes:
    """SplitMix64 of each ordinal."""
    value = ordinals.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(value ^ (value >> np.uint64(31)))


def answer_of(ordinals: npt.NDArray[np.integer]) -> Answer:
    """The answer that some ordinals are."""
    return Answer(ordinals.size, int(mixed(ordinals).sum(dtype=np.uint64)))


def truth_of(stage: Stage) -> dict[str, Answer]:
    """The engine's own answers, from the Roaring bytes that it would publish; an empty audience is (0, 0)."""
    found = {rule.key: Answer(0, 0) for rule in stage.rules}
    for outcome in evaluated(stage.build()):
        keys, members = outcome.members["audience"].to_pylist(), outcome.members["members"].to_pylist()
        for key, data in zip(keys, members, strict=True):
            mine = answer_of(np.frombuffer(BitMap.deserialize(data).to_array(), dtype=np.uint32))
            before = found[key]
            found[key] = Answer(before.size + mine.size, (before.hash + mine.hash) % 2**64)
    return found


def require_equal(name: str, found: Mapping[str, Answer], truth: Mapping[str, Answer]) -> None:
    """Stop where a rival says something else.

    Raises:
        ValueError: An audience has another size, or other ids.
    """
    wrong = [f"{key}: {found[key]} for {truth[key]}" for key in found if found[key] != truth[key]]
    if wrong:
        raise ValueError(f"{name} differs on {len(wrong)} of {len(found)} audiences: {'; '.join(wrong[:5])}")
