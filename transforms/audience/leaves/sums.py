"""Exact, order-free sums a person: doubles as whole millionths, decimals unscaled, longs as they are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import cast

import numpy as np
import numpy.typing as npt

from transforms.audience.leaves.columns import (
    Column,
    DoubleColumn,
    IntegerColumn,
    Mask,
    Numbers,
    Places,
    Rows,
    at_rows,
)
from transforms.audience.leaves.errors import LeafError, SumOverflowError

MICRO_SCALE = 6
LIMIT_MICROS = 9_200_000_000_000_000_000  # 9.2 · 10^12 in millionths: the largest sum of doubles

_EXACT = 2.0**53  # integers up to here are exact as doubles
_TILE = 1 << 14  # rows that stay in the processor's cache
_CHUNK = 1 << 20  # of so many 32-bit halves the sum is exact as a double
_LOW = (1 << 32) - 1
_PRECISE = Context(prec=400)


@dataclass(frozen=True, slots=True)
class Addends:
    """Integers to add, one a row: ``valid`` None where none is missing; ``too_large`` flags doubles out of range.

    Where a value is missing it is 0 and not too large, so that sums may take it in.

    Where any sum of them is exact as a double, they are doubles, which numpy adds fastest.
    """

    values: Numbers
    valid: Mask | None
    scale: int
    too_large: Mask | None = None
    is_limited: bool = False

    def at(self, rows: Rows) -> Addends:
        """Those of some rows."""
        valid = None if self.valid is None else self.valid[rows]
        too_large = None if self.too_large is None else self.too_large[rows]
        return Addends(at_rows(self.values, rows), valid, self.scale, too_large, self.is_limited)

    def of_present(self) -> Addends:
        """The same, for somebody who only takes rows where none is missing, or only adds."""
        return replace(self, valid=None)


def addends(column: Column) -> Addends:
    """The integers that a column's values add as.

    Raises:
        LeafError: The column holds no numbers.
    """
    if isinstance(column, IntegerColumn):
        values = column.values if column.valid is None else np.where(column.valid, column.values, 0)
        return Addends(quick(values, None), column.valid, column.scale)
    if not isinstance(column, DoubleColumn):
        raise LeafError("only numbers can be added")
    small = _small_micros(column)
    if small is not None:
        return Addends(small, column.valid, MICRO_SCALE, is_limited=True)
    micros = np.empty(column.values.size, dtype=np.int64)
    too_large = np.zeros(column.values.size, dtype=np.bool_)
    for start in range(0, micros.size, _TILE):
        tile = slice(start, start + _TILE)
        _round_to_micros(column.values[tile], micros[tile], too_large[tile])
    if column.valid is not None:
        micros[~column.valid] = 0
        too_large &= column.valid
    flags = too_large if too_large.any() else None
    return Addends(micros, column.valid, MICRO_SCALE, flags, is_limited=True)


def _small_micros(column: DoubleColumn) -> Numbers | None:
    """Doubles as whole millionths that are doubles themselves, if all of them together are small enough to add."""
    whole = cast(Numbers, np.empty(column.values.size))
    missing = None if column.valid is None else ~column.valid
    largest = 0.0
    for start in range(0, whole.size, _TILE):
        tile = slice(start, start + _TILE)
        with np.errstate(over="ignore", invalid="ignore"):
            product = column.values[tile] * 1e6
            if missing is not None:
                product[missing[tile]] = 0.0
            np.rint(product, out=whole[tile])
            largest += float(np.abs(whole[tile]).sum())
        if not largest < _EXACT / 2:  # NaN, too, is not less; the sum of magnitudes itself is rounded
            return None
        _settle_halves(column.values[tile], product, whole[tile])
    return whole


def _settle_halves(values: npt.NDArray[np.float64], product: npt.NDArray[np.float64], whole: Numbers) -> None:
    """The product is rounded itself: where that may have hidden the half, decimals decide."""
    rest = np.abs(np.subtract(product, whole, out=product), out=product)
    if rest.max(initial=0.0) == 0.5:
        for row in np.flatnonzero(rest == 0.5).tolist():
            whole[row] = _exact_micros(values[row])


def _exact_micros(value: float) -> int:
    exact = _PRECISE.multiply(Decimal(float(value)), Decimal(10**MICRO_SCALE))
    return int(exact.to_integral_value(ROUND_HALF_EVEN, _PRECISE))


def quick(values: Numbers, valid: Mask | None) -> Numbers:
    """Integers as doubles, which numpy adds fastest, if any sum of the present ones is exact then."""
    if values.dtype == object:
        return values
    doubles: Numbers = values.astype(np.float64)
    largest = float(np.abs(doubles).sum(where=True if valid is None else valid))
    return doubles if largest < _EXACT / 2 else values  # the sum of magnitudes itself is rounded


def _round_to_micros(values: npt.NDArray[np.float64], micros: Numbers, too_large: Mask) -> None:
    """Write doubles as millionths, the exact product rounded half to even; 0 for NaN and what is too large."""
    with np.errstate(over="ignore", invalid="ignore"):
        product = values * 1e6
        magnitude = np.abs(product)
    if not magnitude.max(initial=0.0) < _EXACT:  # NaN, too, is not less
        np.greater(magnitude, LIMIT_MICROS, out=too_large)
        product[too_large | np.isnan(product)] = 0.0
    whole = np.rint(product)
    np.copyto(micros, whole, casting="unsafe")
    # The product is rounded itself: where that may have hidden the half, or an odd number, decimals decide.
    doubtful = (np.abs(product - whole) == 0.5) | (np.abs(product) >= _EXACT)
    for row in np.flatnonzero(doubtful).tolist():
        micros[row] = _exact_micros(values[row])


def refuse_too_large(people: Places, added: Addends, alive: Mask) -> None:
    """Raise a SumOverflowError if a living person has a value beyond the limit."""
    if added.too_large is not None:
        _refuse(alive[people[added.too_large]])


def refuse_beyond_limit(totals: Numbers, alive: Mask) -> None:
    """Raise a SumOverflowError if a living person's sum of doubles, in millionths, lies beyond the limit."""
    if totals.dtype != np.float64:
        beyond = np.asarray((totals > LIMIT_MICROS) | (totals < -LIMIT_MICROS), dtype=np.bool_)
        _refuse(beyond & alive)


def _refuse(beyond: Mask) -> None:
    if beyond.any():
        raise SumOverflowError("a sum lies beyond 9.2 · 10^12, more than exact sums of doubles can hold")


def sums_of(people: Places, values: Numbers, n_people: int) -> Numbers:
    """The exact sum of each person: whole doubles or 64-bit integers where they hold it, else Python integers."""
    if values.dtype == np.float64:
        whole: Numbers = np.bincount(people, weights=values, minlength=n_people)
        return whole
    if values.dtype == object:
        return _big_sums(people, values, n_people)
    high, low = _halves(people, values, n_people)
    if (np.abs(high) < 1 << 31).all():
        return (high << 32) + low
    big: Numbers = (high.astype(object) << 32) + low.astype(object)
    return big


def plus(one: Numbers, other: Numbers) -> Numbers:
    """Two exact sums of each person, added exactly."""
    if one.dtype == object or other.dtype == object:
        return _as_objects(one) + _as_objects(other)
    first, second = one.astype(np.int64), other.astype(np.int64)
    result: Numbers = first + second
    overflows = ((first ^ result) & (second ^ result)) < 0
    return _as_objects(first) + _as_objects(second) if overflows.any() else result


def _as_objects(values: Numbers) -> Numbers:
    if values.dtype == np.float64:
        values = values.astype(np.int64)
    objects: Numbers = values.astype(object)
    return objects


def _halves(people: Places, values: Numbers, n_people: int) -> tuple[Places, Places]:
    """Sums as ``high · 2^32 + low`` with 0 ≤ low < 2^32; each half is added exactly."""
    high = np.zeros(n_people, dtype=np.int64)
    low = np.zeros(n_people, dtype=np.int64)
    for start in range(0, values.size, _CHUNK):
        who, part = people[start : start + _CHUNK], values[start : start + _CHUNK].astype(np.int64)
        high += np.bincount(who, weights=part >> 32, minlength=n_people).astype(np.int64)
        low += np.bincount(who, weights=part & _LOW, minlength=n_people).astype(np.int64)
        high += low >> 32
        low &= _LOW
    return high, low


def _big_sums(people: Places, values: Numbers, n_people: int) -> Numbers:
    totals = [0] * n_people
    for person, value in zip(people.tolist(), values.tolist(), strict=True):
        totals[person] += value
    return np.array(totals, dtype=object)
