"""Cuts through all blocks are exact: as many people as asked for, the best of them, ties by hashed person id."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import pytest

from models.lookalike import sizes
from models.lookalike.cuts import find_cuts
from models.lookalike.sizes import Keys
from transforms.ranking import Bracket, Slice


def _blocks(seed: int, lengths: Sequence[int], levels: int) -> list[tuple[np.ndarray, np.ndarray]]:
    draw = np.random.default_rng(seed)
    return [
        (
            (draw.integers(-levels, levels, length) / 7).astype(np.float32),
            draw.integers(0, 2**64, length, dtype=np.uint64),
        )
        for length in lengths
    ]


def _cut_of(keys: list[Keys], wanted: dict[str, Decimal | int]) -> tuple[dict[str, int], int]:
    fetched = 0

    def fetch(brackets: dict[str, Sequence[Bracket]]) -> list[dict[str, list[Slice]]]:
        nonlocal fetched
        slices = [{"m": [sizes.slice_of(block, where) for where in brackets["m"]]} for block in keys]
        fetched = sum(len(part.keys) for block in slices for part in block["m"])
        return slices

    found = find_cuts({"m": wanted}, [{"m": sizes.digest(block)} for block in keys], fetch)["m"]
    return dict(found.audiences), fetched


@pytest.mark.parametrize("levels", [3, 100_000], ids=["mostly ties", "mostly different"])
@pytest.mark.parametrize("lengths", [[7, 0, 1], [5_000, 12_345, 3, 40_000]], ids=["whole digests", "sampled digests"])
def test_exactly_the_best_are_kept(levels: int, lengths: list[int]) -> None:
    blocks = _blocks(len(lengths), lengths, levels)
    keys = [sizes.rank_keys(scores, tickets) for scores, tickets in blocks]
    everybody = sorted(
        (
            (float(score), int(ticket) >> 32)
            for scores, tickets in blocks
            for score, ticket in zip(scores, tickets, strict=True)
        ),
        reverse=True,
    )
    total = len(everybody)
    wanted: dict[str, Decimal | int] = {"1": Decimal("0.01"), "50": Decimal("0.5"), "one": 1, "all": 10**9}
    cuts, fetched = _cut_of(keys, wanted)
    expected = {"1": int(total * 0.01 + 0.5), "50": int(total * 0.5 + 0.5), "one": 1, "all": total}
    for name, count in expected.items():
        kept = sorted(
            (
                (float(score), int(ticket) >> 32)
                for (scores, tickets), block in zip(blocks, keys, strict=True)
                for score, ticket in zip(
                    scores[sizes.at_least(block, cuts[name])], tickets[sizes.at_least(block, cuts[name])], strict=True
                )
            ),
            reverse=True,
        )
        assert kept == everybody[:count], name
    assert fetched <= total / 4  # a second pass gathers a few keys, never everybody's


def test_no_people_make_empty_audiences() -> None:
    cuts, _ = _cut_of([np.empty(0, np.uint64)], {"1": Decimal("0.01"), "n": 5})
    assert all(cut == sizes.NOBODY for cut in cuts.values())


def test_keys_sort_like_scores_then_tickets() -> None:
    scores = np.array([-np.inf, -2.5, -1e-30, -0.0, 0.0, 1e-30, 3.25, np.inf], np.float32)
    low, high = np.zeros(8, np.uint64), np.full(8, 2**64 - 1, np.uint64)
    keys, higher = sizes.rank_keys(scores, low), sizes.rank_keys(scores, high)
    assert keys[3] == keys[4]  # minus zero ties with zero
    others = np.delete(keys, 3)
    assert (np.diff(others.astype(object)) > 0).all()
    assert (np.delete(higher, 3)[:-1] < others[1:]).all()


@pytest.mark.parametrize(
    ("size", "outside", "people"),
    [
        pytest.param(Decimal("0.01"), 2_350, 24, id="half a person up"),
        pytest.param(Decimal("0.01"), 2_349, 23, id="less than half down"),
        pytest.param(Decimal(1), 7, 7, id="everybody"),
        pytest.param(50_000, 7, 7, id="more than there are"),
        pytest.param(3, 7, 3, id="a number"),
    ],
)
def test_sizes_are_of_the_people_outside_the_seed(size: Decimal | int, outside: int, people: int) -> None:
    assert sizes.wanted_people(size, outside) == people
