"""Bridges: whether one pair alone holds two anchors of a person together."""

from __future__ import annotations

import itertools
import random

import pytest

from transforms.identity.health import has_bridge

Pair = tuple[int, int]


def rows(pairs: list[Pair], anchors: set[int]) -> list[dict[str, object]]:
    return [{"a": a, "b": b, "anchor_a": a in anchors, "anchor_b": b in anchors} for a, b in pairs]


def reach(pairs: list[Pair], start: int) -> set[int]:
    found = {start}
    while more := {end for pair in pairs if found & set(pair) for end in pair} - found:
        found |= more
    return found


def by_trying(pairs: list[Pair], anchors: set[int]) -> bool:
    """Takes every pair away in turn."""
    rests = ([other for other in pairs if other != pair] for pair in pairs)
    return any(not anchors <= reach(rest, min(anchors)) for rest in rests)


@pytest.mark.parametrize(
    ("pairs", "anchors", "expected"),
    [
        pytest.param([(0, 1)], {0, 1}, True, id="one pair"),
        pytest.param([(0, 1), (1, 2), (2, 0)], {0, 1}, False, id="a ring"),
        pytest.param([(0, 1), (1, 2)], {0}, False, id="one anchor"),
        pytest.param([(0, 1), (1, 2), (2, 0), (2, 3)], {0, 1}, False, id="a bridge to no anchor"),
        pytest.param([(0, 1), (1, 2), (2, 0), (2, 3)], {0, 3}, True, id="a bridge to an anchor"),
        pytest.param([(0, 0)], {0}, False, id="seen alone"),
        pytest.param([], set(), False, id="nothing"),
    ],
)
def test_by_hand(pairs: list[Pair], anchors: set[int], expected: bool) -> None:
    assert has_bridge(rows(pairs, anchors)) is expected


def test_random_persons() -> None:
    dice = random.Random(3)
    for _ in range(400):
        size = dice.randrange(2, 8)
        tree = [(dice.randrange(vertex), vertex) for vertex in range(1, size)]
        others = [pair for pair in itertools.combinations(range(size), 2) if dice.random() < 0.15]
        pairs = sorted({*tree, *others})
        anchors = set(dice.sample(range(size), dice.randrange(1, size + 1)))
        assert has_bridge(rows(pairs, anchors)) == by_trying(pairs, anchors)
