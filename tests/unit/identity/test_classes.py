"""The second half of a round against sets and loops."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest

from transforms.identity.components import classes
from transforms.identity.components.classes import SCHEMA, between_classes

Row = tuple[bool, int, int]


def told(rows: list[Row], sizes: int) -> list[Row]:
    names = ("is_rep", "x", "y")
    batches = [
        pa.RecordBatch.from_arrays([pa.array(column) for column in zip(*part, strict=True)], names)
        for part in (rows[start : start + sizes] for start in range(0, len(rows), sizes))
    ]
    found = [batch.select(SCHEMA.names).to_pylist() for batch in between_classes(batches)]
    return [(row["is_edge"], row["x"], row["y"]) for batch in found for row in batch]


@pytest.mark.parametrize("seed", range(20))
def test_each_vertex_and_each_edge_between_classes_once(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classes, "_AT_ONCE", 7)
    dice = random.Random(seed)
    ids = [dice.randrange(-(2**63), 2**63) for _ in range(12)]
    reps = {vertex: dice.choice(ids) for vertex in ids[: dice.randrange(12)]}
    edges = [(dice.choice(ids), dice.choice(ids)) for _ in range(dice.randrange(40))]
    rows = [(True, *pair) for pair in reps.items() for _ in range(2)] + [(False, *pair) for pair in edges]
    dice.shuffle(rows)
    vertices = reps | {early: early for early, _ in edges if early not in reps}
    between = {(vertices[early], rep) for early, rep in edges} - {(one, one) for one in ids}
    expected = [*((False, *pair) for pair in vertices.items()), *((True, *pair) for pair in between)]
    assert sorted(told(rows, dice.choice((1, 3, 100)))) == sorted(expected)
    assert told([], 1) == []
