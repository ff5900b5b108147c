"""The partitions that differ are those whose rows differ, told from a count of every row in plain Python."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta

from pyspark.sql import SparkSession

from plateia.partitions import Key, condition
from transforms.warehouse.changes.partitions import differing, inside

BY = ("site", "period", "block")
COLUMNS = "site string, period date, block int, ordinal int, name string, other string, tags array<string>, x double"
Row = tuple[str, date, int, int | None, str | None, str | None, list[str] | None, float | None]

# Rows that a careless hash takes for one another: nulls that move, texts and arrays that run together, repeats.
LOOK_ALIKES: list[list[tuple[int | None, str | None, str | None, list[str] | None, float | None]]] = [
    [(1, "a", None, ["x"], 1.0), (1, None, "a", ["x"], 1.0)],
    [(1, "ab", "c", [], 1.0), (1, "a", "bc", [], 1.0), (1, "abc", "", [], 1.0)],
    [(1, "a", "b", ["x", "y"], 1.0), (1, "a", "b", ["xy"], 1.0), (1, "a", "b", ["x"], 1.0)],
    [(1, "a", "b", [], 1.0), (1, "a", "b", None, 1.0), (1, "a", "b", [""], 1.0)],
    [(1, "a", "", ["x"], None), (1, "a", None, ["x"], 0.0), (None, "a", "", ["x"], 0.0)],
    [(1, "ñ", "n", ["x"], 5e-324), (1, "n\u0303", "n", ["x"], 5e-324)],
]


def _partition(chance: random.Random, place: int) -> tuple[str, date, int]:
    return f"s'{place % 3}\\", date(2024, 1, 1) + timedelta(days=place // 3), chance.randrange(2)


def _tables(chance: random.Random) -> tuple[list[Row], list[Row]]:
    before: list[Row] = []
    now: list[Row] = []
    for place in range(400):
        key = _partition(chance, place)
        alike = chance.choice(LOOK_ALIKES)
        rows = [(*key, *chance.choice(alike)) for _ in range(chance.randrange(4))]
        before += rows
        match chance.randrange(4):
            case 0:
                rows = [(*key, *chance.choice(alike)) for _ in rows]
            case 1:
                rows = [*rows, *rows[:2]]
            case 2:
                rows = rows[1:]
        now += chance.sample(rows, len(rows))
    return before, now


def _content(rows: list[Row]) -> dict[tuple[Key, ...], Counter[str]]:
    content: dict[tuple[Key, ...], Counter[str]] = {}
    for row in rows:
        content.setdefault(row[:3], Counter())[repr(row[3:])] += 1
    return content


def test_partitions_differ_where_their_rows_do(spark: SparkSession) -> None:
    before, now = _tables(random.Random(3))
    old, new = _content(before), _content(now)
    expected = {key: sum(new.get(key, Counter()).values()) for key in old | new if old.get(key) != new.get(key)}
    frame = spark.createDataFrame(now, COLUMNS)
    found = differing(spark.createDataFrame(before, COLUMNS), frame, by=BY).collect()
    assert {tuple(row[column] for column in BY): row["rows"] for row in found} == expected
    assert 100 < len(expected) < len(old | new) - 50
    for chosen in (inside(BY, expected), condition(BY, expected)):
        kept = frame.where(chosen).collect()
        assert _content([tuple(row) for row in kept]) == {key: new[key] for key in expected if key in new}
