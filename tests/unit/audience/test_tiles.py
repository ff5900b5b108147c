"""Tiles hold no more leaves than they may, know what they take from each other, and slices no more events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plateia.records import Volume
from plateia.rules import tree
from tests.unit.audience.table_reader import audience, compiled, trait
from transforms.audience.plan import SitePlan
from transforms.audience.slices import Stretch, cut, union
from transforms.audience.tiles import tiles

DAY = 86_400_000_000
ZONE = ZoneInfo("America/Santiago")


def plan(shares: list[list[int]], refers: list[int | None]) -> SitePlan:
    """One audience a list of leaf numbers; each may name one before it."""
    audiences = []
    for number, (leaves, other) in enumerate(zip(shares, refers, strict=True)):
        nodes: list[tree.Node] = [trait(f"t{leaf}", "x") for leaf in leaves]
        if other is not None and other < number:
            nodes.append(tree.AudienceNode(f"a-{other}"))
        audiences.append(audience(f"a-{number}", tree.Group("any", tuple(nodes))))
    return compiled(audiences)


@settings(max_examples=80, deadline=None)
@given(
    shares=st.lists(st.lists(st.integers(0, 15), min_size=1, max_size=4, unique=True), min_size=1, max_size=12),
    refers=st.lists(st.none() | st.integers(0, 11), min_size=12, max_size=12),
    most=st.integers(1, 20),
)
def test_tiles_compute_every_output_once_from_what_they_hold(
    shares: list[list[int]], refers: list[int | None], most: int
) -> None:
    whole = plan(shares, refers[: len(shares)])
    arguments = {node: children for node, _, _, children in whole.inner_nodes()}
    computed: list[int] = []
    held: set[int] = set()
    parts = tiles(whole, most_leaves=most)
    for tile in parts:
        held |= set(tile.leaves)
        for node in tile.nodes:
            assert set(arguments[node]) <= held
            held.add(node)
        computed += [node for node in (*tile.leaves, *tile.nodes) if node in set(whole.outputs)]
        held = {node for node in held if node in tile.kept}
    assert sorted(computed) == sorted(set(whole.outputs))
    assert not held
    # Every audience's own leaves, the universe among them, fit into five.
    assert all(len(tile.leaves) <= max(most, 5) for tile in parts)


@settings(max_examples=80, deadline=None)
@given(
    stretch=st.tuples(st.none() | st.integers(0, 60), st.integers(0, 80)),
    volumes=st.lists(st.tuples(st.integers(0, 70), st.integers(0, 10), st.integers(1, 500)), max_size=6),
    most=st.integers(1, 400),
)
def test_slices_are_the_stretch_cut_at_midnights(
    stretch: tuple[int | None, int], volumes: list[tuple[int, int, int]], most: int
) -> None:
    whole: Stretch = (None if stretch[0] is None else stretch[0] * DAY + 5, stretch[1] * DAY + 7)
    if whole[0] is not None and whole[0] >= whole[1]:
        assert union([whole]) == []
        return
    where = [Volume(first * DAY, (first + days) * DAY + DAY - 1, rows) for first, days, rows in volumes]
    parts = cut(whole, where, ZONE, most_rows=most)
    assert (parts[0][0], parts[-1][1]) == whole
    for (_, end), (start, _) in pairwise(parts):
        assert end == start
        assert (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=end)).astimezone(ZONE).strftime(
            "%H%M"
        ) == "0000"
    densest = sum(rows / (days + 1) for _, days, rows in volumes)
    for start, end in parts:
        rows = sum(v.rows * _share(v, start, end) for v in where)
        assert rows <= max(most, 2 * densest) + 1e-6, "as full as allowed, but a day stays whole"


def _share(volume: Volume, start: int | None, end: int) -> float:
    length = volume.last - volume.first + 1
    begin = volume.first if start is None else max(start, volume.first)
    return max(0, min(end, volume.last + 1) - begin) / length


@pytest.mark.parametrize(
    ("stretches", "expected"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param([(5, 5), (9, 3)], [], id="empty ones"),
        pytest.param([(0, DAY), (10 * DAY, 11 * DAY)], [(0, DAY), (10 * DAY, 11 * DAY)], id="apart"),
        pytest.param([(0, DAY), (2 * DAY, 3 * DAY)], [(0, 3 * DAY)], id="a day apart"),
        pytest.param([(5 * DAY, 6 * DAY), (None, DAY), (0, 2 * DAY)], [(None, 2 * DAY), (5 * DAY, 6 * DAY)], id="open"),
    ],
)
def test_stretches_that_are_close_are_read_together(stretches: list[Stretch], expected: list[Stretch]) -> None:
    assert union(stretches) == expected
