"""Narrower integers compare as they did before, with bounds beyond their type too."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plateia.rules.intervals import Bound, next_integer, union
from transforms.audience.leaves.columns import DoubleColumn, IntegerColumn
from transforms.audience.leaves.conditions import Integers
from transforms.audience.leaves.narrow import narrowed
from transforms.audience.leaves.predicates import meets

EDGES = [sign * (1 << bits) + step for bits in (7, 15, 31, 62) for sign in (-1, 1) for step in (-1, 0, 1)]
numbers = st.sampled_from(EDGES) | st.integers(-300, 300)
bounds = numbers | st.sampled_from([-float("inf"), float("inf"), -(10**30), 10**30])


@settings(max_examples=200, deadline=None)
@given(
    values=st.lists(numbers, max_size=12),
    missing=st.integers(0, 1 << 12),
    pairs=st.lists(st.tuples(bounds, bounds), min_size=1, max_size=8),
)
def test_what_is_met_stays_the_same(values: list[int], missing: int, pairs: list[tuple[Bound, Bound]]) -> None:
    valid = np.array([not missing >> i & 1 for i in range(len(values))], dtype=np.bool_)
    column = narrowed(IntegerColumn(np.array(values, dtype=np.int64), valid))
    found = meets(column, Integers(union(pairs, next_integer)))
    expected = [bool(valid[i]) and any(low <= v <= high for low, high in pairs) for i, v in enumerate(values)]
    assert found.tolist() == expected


@pytest.mark.parametrize("values", [[-3, 5], [-3, 200], [-3, 40_000]], ids=["8 bits", "16 bits", "32 bits"])
def test_anniversaries_of_narrow_days(values: list[int]) -> None:
    column = narrowed(IntegerColumn(np.array(values, dtype=np.int32), None))
    days = [date(1970, 1, 1) + timedelta(days=value) for value in values]
    wanted = Integers(
        union([(-float("inf"), float("inf"))], next_integer), anniversaries=((days[1].month, days[1].day),)
    )
    assert meets(column, wanted).tolist() == [(day.month, day.day) == (days[1].month, days[1].day) for day in days]


@pytest.mark.parametrize(
    "values", [np.array([1 << 70, 1], dtype=object), np.zeros(0, dtype=np.int64)], ids=["more than 64 bits", "no rows"]
)
def test_what_cannot_be_narrower(values: np.ndarray[tuple[int], np.dtype[np.int64]]) -> None:
    column = IntegerColumn(values, None)
    assert narrowed(column) is column
    doubles = DoubleColumn(np.array([0.5]), None)
    assert narrowed(doubles) is doubles
