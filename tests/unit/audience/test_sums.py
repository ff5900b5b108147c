"""Sums are exact, whatever the order; doubles count as whole millionths."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.audience.leaves.columns import Mask, Places, decode
from transforms.audience.leaves.errors import SumOverflowError
from transforms.audience.leaves.measures.adding import Total
from transforms.audience.leaves.measures.matches import Events, Matches
from transforms.audience.leaves.sums import Addends, addends

ALIVE = np.ones(3, dtype=np.bool_)


def total(values: list[object], kind: pa.DataType, people: list[int] | None = None) -> list[int]:
    added = addends(decode(pa.chunked_array([pa.array(values, kind)])))
    rows = np.arange(len(values)) if added.valid is None else np.flatnonzero(added.valid)
    whose = np.array(people or [0] * len(values), dtype=np.int64)
    return sums_of(whose[rows], added.at(rows), ALIVE)


def sums_of(people: Places, added: Addends, alive: Mask, *, slices: int = 1) -> list[int]:
    """Through the fold that the engine adds with, in so many slices."""
    fold = Total(added.scale, alive)
    for number in range(slices):
        rows = np.arange(number, people.size, slices)
        fold.add(Matches(Events(people, people, False, added), rows))
    return [int(value) for value in fold.total().values]


@pytest.mark.parametrize(
    ("value", "micros"),
    [
        pytest.param(33.33, 33_330_000, id="cents"),
        pytest.param(-0.0, 0, id="minus zero"),
        pytest.param(0.5e-6, 0, id="just below a half: its double is 4.99…e-7"),
        pytest.param(1.5e-6, 2, id="just above a half would be up; below, too, is nearest"),
        pytest.param(1.0000005, 1_000_001, id="a half that only the product shows: the double is above it"),
        pytest.param(2.0**-7, 7812, id="exact tie 7812.5 to even"),
        pytest.param(3 * 2.0**-7, 23438, id="exact tie 23437.5 to even"),
        pytest.param(2.0**33 + 2.0**-19, 8589934592000002, id="large with a small part"),
        pytest.param(9_007_199_255.0000002, 9_007_199_255_000_000, id="beyond 2^53 micros"),
    ],
)
def test_doubles_are_rounded_half_even_to_millionths(value: float, micros: int) -> None:
    assert round(Fraction(value) * 10**6) == micros
    assert total([value], pa.float64()) == [micros, 0, 0]


def test_missing_and_nan_are_skipped() -> None:
    assert total([1.5, None, math.nan, 2.0], pa.float64()) == [3_500_000, 0, 0]


def test_thirds_of_a_hundred() -> None:
    assert total([33.33, 33.33, 33.34], pa.float64())[0] == 100_000_000


_doubles = st.floats(-9e11, 9e11) | st.sampled_from([33.33, 5e-7, 1.5e-6, 1e-7, 2.0**-7])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), _doubles), max_size=8))
def test_doubles_equal_fractions(rows: list[tuple[int, float]]) -> None:
    expected = [sum(round(Fraction(v) * 10**6) for p, v in rows if p == person) for person in range(3)]
    assert total([v for _, v in rows], pa.float64(), [p for p, _ in rows]) == expected


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(-(2**63), 2**63 - 1)), max_size=8))
def test_longs_of_any_size_are_exact(rows: list[tuple[int, int]]) -> None:
    expected = [sum(v for p, v in rows if p == person) for person in range(3)]
    assert total([v for _, v in rows], pa.int64(), [p for p, _ in rows]) == expected


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(-(10**38) + 1, 10**38 - 1), max_size=6), st.sampled_from([0, 4, 38]))
def test_decimals_of_38_digits_are_exact(unscaled: list[int], scale: int) -> None:
    values = [Decimal(f"{number}E-{scale}") for number in unscaled]
    assert total([*values, None], pa.decimal128(38, scale))[0] == sum(unscaled)


@pytest.mark.parametrize("values", [[9.3e12], [-9.3e12], [5e12, 5e12], [math.inf], [1e300, -1e300]], ids=str)
def test_a_sum_of_doubles_beyond_the_limit_is_an_error(values: list[float]) -> None:
    with pytest.raises(SumOverflowError, match=r"beyond 9\.2"):
        total(values, pa.float64())


def test_the_dead_do_not_fail_a_sum() -> None:
    added = addends(decode(pa.chunked_array([pa.array([math.inf, 1.0], pa.float64())])))
    found = sums_of(np.array([1, 0]), added, np.array([True, False]))
    assert found[0] == 1_000_000
