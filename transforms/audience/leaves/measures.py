"""Measures of a block's events: one value a place, from the events that match a filter within a window."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from plateia.clock import local_midnight
from plateia.rules.windows import microseconds
from transforms.audience.leaves import sums
from transforms.audience.leaves.columns import (
    Column,
    DoubleColumn,
    IntegerColumn,
    Mask,
    MissingColumn,
    Numbers,
    Places,
    Rows,
)
from transforms.audience.plan import Measured

_DAY = 86_400_000_000  # microseconds
_EPOCH = date(1970, 1, 1).toordinal()
_EXACT = 2.0**53  # integers up to here are exact as doubles
_FEW_CODES = 1 << 16
_MOST_CELLS = 1 << 26  # of a table of places and values: 64 MB

Keys = IntegerColumn | DoubleColumn


@dataclass(frozen=True, slots=True)
class Matches:
    """Events that match a filter: whose, when, and what is measured of them; in time order if ``is_sorted``."""

    people: Places
    at: Places
    is_sorted: bool
    added: sums.Addends | None = None
    keys: Keys | None = None

    def within(self, start: int | None, end: int) -> Matches:
        """Those in [start, end) microseconds."""
        rows: Rows
        if self.is_sorted:
            first = 0 if start is None else int(np.searchsorted(self.at, start))
            rows = slice(first, int(np.searchsorted(self.at, end)))
        else:
            rows = self.at < end if start is None else (self.at >= start) & (self.at < end)
        return self.at_rows(rows)

    def at_rows(self, rows: Rows) -> Matches:
        """Those of some rows, in their order."""
        added = None if self.added is None else self.added.at(rows)
        keys = None if self.keys is None else _at_rows(self.keys, rows)
        return Matches(self.people[rows], self.at[rows], self.is_sorted, added, keys)


def reached(matches: Matches, n_people: int) -> Mask:
    """Whose place has at least one event."""
    mask = np.zeros(n_people, dtype=np.bool_)
    mask[matches.people] = True
    return mask


def measure(measured: Measured, matches: Matches, alive: Mask, zone: ZoneInfo) -> Column:
    """The value of a measure, one a place; missing where an average or an extreme is of nothing.

    Raises:
        SumOverflowError: A living person's sum of doubles lies beyond 9.2 · 10^12.
    """
    people, n, kind = matches.people, alive.size, measured.kind
    if kind == "count":
        return IntegerColumn(np.bincount(people, minlength=n), None)
    if kind == "days":
        return IntegerColumn(_distinct(people, _local_days(matches.at, zone), n), None)
    if kind in ("first", "last"):
        instants = IntegerColumn(matches.at, None)
        return _extreme(kind == "first", matches, instants, n)
    if matches.added is not None:
        total = IntegerColumn(sums.totals(people, matches.added, alive), None, matches.added.scale)
        return total if kind == "sum" else _average(total, np.bincount(people, minlength=n))
    if matches.keys is not None:
        if kind == "distinct":
            return IntegerColumn(_distinct(people, _codes(matches.keys), n), None)
        return _extreme(kind == "min", matches, matches.keys, n)
    # There is no event to tell the type of the property.
    if kind in ("sum", "distinct"):
        return IntegerColumn(np.zeros(n, dtype=np.int64), None, measured.scale)
    return MissingColumn(n)


def _at_rows(keys: Keys, rows: Rows) -> Keys:
    valid = None if keys.valid is None else keys.valid[rows]
    if isinstance(keys, DoubleColumn):
        return DoubleColumn(keys.values[rows], valid)
    return IntegerColumn(keys.values[rows], valid, keys.scale)


def _average(total: IntegerColumn, counts: Places) -> DoubleColumn:
    """The exact sum over the count, divided once, to the nearest double."""
    valid = counts > 0
    weights = counts * 10**total.scale
    result = np.full(counts.size, np.nan)
    with np.errstate(over="ignore"):
        is_exact = valid & (np.abs(total.values) < _EXACT).astype(np.bool_) & (weights < _EXACT)
    result[is_exact] = total.values[is_exact].astype(np.float64) / weights[is_exact]
    for place in np.flatnonzero(valid & ~is_exact).tolist():
        result[place] = int(total.values[place]) / int(weights[place])
    return DoubleColumn(result, valid)


def _extreme(is_least: bool, matches: Matches, keys: Keys, n_people: int) -> Keys:
    """The least or the greatest value of each place."""
    people, values = matches.people, keys.values
    valid = reached(matches, n_people)
    best: npt.NDArray[np.generic]
    if values.dtype == object:
        order = np.lexsort((values, people))
        best = np.zeros(n_people, dtype=object)
        # Of several assignments to one place the last one stays.
        best[people[order[::-1] if is_least else order]] = values[order[::-1] if is_least else order]
    else:
        best = _start(values.dtype, n_people, is_greatest=is_least)
        (np.minimum if is_least else np.maximum).at(best, people, values)
    if isinstance(keys, DoubleColumn):
        return DoubleColumn(best.astype(np.float64), valid)
    whole: Numbers = best  # type: ignore[assignment]  # of the dtype of the values, objects included
    return IntegerColumn(whole, valid, keys.scale)


def _start(dtype: np.dtype[np.generic], size: int, *, is_greatest: bool) -> npt.NDArray[np.generic]:
    if dtype.kind == "f":
        return np.full(size, np.inf if is_greatest else -np.inf, dtype=dtype)
    limits = np.iinfo(dtype)  # type: ignore[type-var]  # an integer, if no float
    return np.full(size, limits.max if is_greatest else limits.min, dtype=dtype)


def _codes(keys: Keys) -> Places:
    """Small integers that are equal where the values are."""
    values = keys.values
    if values.dtype.kind in "iu" and values.size and 0 <= values.min() <= values.max() < _FEW_CODES:
        return values.astype(np.int64)
    _, codes = np.unique(values, return_inverse=True)
    return codes.reshape(-1).astype(np.int64)


def _distinct(people: Places, codes: Places, n_people: int) -> Places:
    """How many distinct codes the events of each place have."""
    n_codes = int(codes.max()) + 1 if codes.size else 1
    if n_people * n_codes <= _MOST_CELLS:
        seen = np.zeros(n_people * n_codes, dtype=np.bool_)
        seen[people * n_codes + codes] = True
        totals: Places = seen.reshape(n_people, n_codes).sum(axis=1, dtype=np.int64)
        return totals
    pairs = np.unique(people * n_codes + codes)
    counts: Places = np.bincount(pairs // n_codes, minlength=n_people)
    return counts


def _local_days(at: Places, zone: ZoneInfo) -> Places:
    """A number for the local day of each instant, ascending, 0 for the first one."""
    if not at.size:
        return at
    utc_days = at // _DAY
    first = int(utc_days.min())
    present = np.flatnonzero(np.bincount(utc_days - first)) + first if _is_dense(utc_days) else np.unique(utc_days)
    near = np.unique(np.concatenate([present - 1, present, present + 1]))
    midnights = np.array([_midnight(day, zone) for day in near.tolist()], dtype=np.int64)
    days = np.searchsorted(midnights, at, side="right")
    return days - int(days.min())


def _is_dense(days: Places) -> bool:
    return int(days.max() - days.min()) < 100_000


@cache
def _midnight(day: int, zone: ZoneInfo) -> int:
    """Microseconds of the first instant of a local day, given in days since 1970; ends of the calendar count as far."""
    try:
        return microseconds(local_midnight(date.fromordinal(_EPOCH + day), zone))
    except (ValueError, OverflowError):
        return day * _DAY
