"""Predicates on columns: one truth a row. A missing value meets none but ``Missing(wanted=True)``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import re2

from plateia.rules.intervals import EVERYTHING, Bound, Intervals
from transforms.audience.leaves.columns import (
    Column,
    DoubleColumn,
    IntegerColumn,
    ListColumn,
    Mask,
    MissingColumn,
    Numbers,
    TextColumn,
)
from transforms.audience.leaves.conditions import (
    Doubles,
    Integers,
    Lists,
    Missing,
    Nothing,
    Predicate,
    Texts,
    TextTest,
)
from transforms.audience.leaves.errors import LeafError

_FEW = 4  # intervals that are quicker to compare with one by one than to search
_FEW_CODES = 16  # comparisons of codes that are quicker than a look-up of each row
_FEW_TEXTS = 4096  # distinct texts that are worth a dictionary


def meets(column: Column, predicate: Predicate) -> Mask:
    """Which rows of a column meet a predicate.

    Raises:
        LeafError: The column holds another type than the rule was written for.
    """
    match column, predicate:
        case _, Nothing():
            return np.zeros(_length(column), dtype=np.bool_)
        case MissingColumn(size), _:
            return np.full(size, isinstance(predicate, Missing) and predicate.wanted)
        case _, Missing(wanted):
            present = _present(column)
            return ~present if wanted else present
        case IntegerColumn(), Integers():
            return _integers(column, predicate)
        case DoubleColumn(), Doubles(intervals):
            return _with(within(column.values, intervals), column.valid)
        case TextColumn(), Texts():
            return _coded(column.codes, _distinct(column, predicate))
        case ListColumn(), Lists():
            return _lists(column, predicate)
    raise LeafError("the table holds another type than the rule was written for")


def within(values: Numbers | npt.NDArray[np.float64], intervals: Intervals) -> Mask:
    """Which numbers lie in a set of intervals; doubles beyond 2^53 are compared only with doubles."""
    if len(intervals) > _FEW and values.dtype != object:
        return _within_many(values, intervals)
    return _any_of([_between(values, low, high) for low, high in intervals], values.size)


def _any_of(masks: Sequence[Mask], size: int) -> Mask:
    """Where any of the masks is true; the first one is written to."""
    if not masks:
        return np.zeros(size, dtype=np.bool_)
    for mask in masks[1:]:
        np.logical_or(masks[0], mask, out=masks[0])
    return masks[0]


def _between(values: Numbers | npt.NDArray[np.float64], low: Bound, high: Bound) -> Mask:
    if low == high:
        return np.asarray(values == low, dtype=np.bool_)
    if high == math.inf and low != -math.inf:
        return np.asarray(values >= low, dtype=np.bool_)
    if low == -math.inf and high != math.inf:
        return np.asarray(values <= high, dtype=np.bool_)
    if (low, high) == EVERYTHING[0]:
        return np.ones(values.size, dtype=np.bool_)
    return np.asarray((values >= low) & (values <= high), dtype=np.bool_)


def _within_many(values: Numbers | npt.NDArray[np.float64], intervals: Intervals) -> Mask:
    lowest, highest = _reach(values.dtype)
    seen = [(max(low, lowest), min(high, highest)) for low, high in intervals if high >= lowest and low <= highest]
    if not seen:
        return np.zeros(values.size, dtype=np.bool_)
    lows, highs = (np.array(bounds, dtype=values.dtype) for bounds in zip(*seen, strict=True))
    nearest = np.searchsorted(lows, values, side="right") - 1
    return np.asarray((nearest >= 0) & (values <= highs[np.maximum(nearest, 0)]), dtype=np.bool_)


def _reach(dtype: np.dtype[Any]) -> tuple[Bound, Bound]:
    """The least and the greatest number of a type."""
    if dtype.kind == "f":
        return -math.inf, math.inf
    limits = np.iinfo(dtype)
    return limits.min, limits.max


def _length(column: Column) -> int:
    match column:
        case TextColumn():
            return column.codes.size
        case ListColumn():
            return column.sizes.size
        case MissingColumn():
            return column.size
        case _:
            return column.values.size


def _present(column: Column) -> Mask:
    if isinstance(column, TextColumn):
        return np.asarray(column.codes != len(column.distinct), dtype=np.bool_)
    if isinstance(column, MissingColumn):
        return np.zeros(column.size, dtype=np.bool_)
    return np.ones(_length(column), dtype=np.bool_) if column.valid is None else column.valid


def _with(mask: Mask, valid: Mask | None) -> Mask:
    return mask if valid is None else mask & valid


def _integers(column: IntegerColumn, predicate: Integers) -> Mask:
    if column.scale != predicate.scale:
        raise LeafError("the table holds another decimal scale than the rule was written for")
    mask = within(column.values, predicate.intervals)
    if predicate.anniversaries is not None:
        days = column.values.astype("datetime64[D]")
        months = days.astype("datetime64[M]")
        marked = np.zeros((13, 32), dtype=np.bool_)
        for month, day in predicate.anniversaries:
            marked[month, day] = True
        mask &= marked[months.astype(np.int64) % 12 + 1, (days - months).astype(np.int64) + 1]
    return _with(mask, column.valid)


def passed_codes(column: TextColumn, predicate: Predicate) -> list[int]:
    """The codes of the distinct texts that pass.

    Raises:
        LeafError: The predicate is for another type.
    """
    if not isinstance(predicate, Texts):
        raise LeafError("the table holds another type than the rule was written for")
    codes: list[int] = np.flatnonzero(_distinct(column, predicate)).tolist()
    return codes


def _distinct(column: TextColumn, predicate: Texts) -> Mask:
    """Which distinct texts pass all tests."""
    texts = pa.array(column.folded, pa.string()) if predicate.ignore_case else column.distinct
    passed = np.ones(len(column.distinct), dtype=np.bool_)
    is_small = len(column.distinct) <= _FEW_TEXTS and not predicate.ignore_case
    for test in predicate.tests:
        if is_small and test.op in ("in", "not_in"):
            passed &= _listed(column, test)
        elif test.op == "matches":
            passed &= _matches(column.texts, test.values[0], ignore_case=predicate.ignore_case)
        else:
            passed &= _test(texts, test)
    return passed


def _listed(column: TextColumn, test: TextTest) -> Mask:
    """Which of a few distinct texts are in a list, or are not: a dictionary beats a scan for each leaf."""
    passed = np.full(len(column.distinct), test.op == "not_in")
    passed[[column.code_of[text] for text in test.values if text in column.code_of]] = test.op == "in"
    return passed


def _matches(texts: Sequence[str], pattern: str, *, ignore_case: bool) -> Mask:
    options = re2.Options()
    options.case_sensitive = not ignore_case
    options.log_errors = False
    try:
        compiled = re2.compile(pattern, options=options)
    except re2.error:
        raise LeafError("its pattern is not one of RE2") from None
    return np.fromiter((compiled.fullmatch(text) is not None for text in texts), np.bool_, len(texts))


def _test(texts: pa.Array, test: TextTest) -> Mask:
    match test.op:
        case "in":
            result = pc.is_in(texts, value_set=pa.array(test.values, pa.string()))
        case "not_in":
            result = pc.invert(pc.is_in(texts, value_set=pa.array(test.values, pa.string())))
        case "contains":
            result = pc.match_substring(texts, test.values[0])
        case "starts_with":
            result = pc.starts_with(texts, test.values[0])
        case "ends_with":
            result = pc.ends_with(texts, test.values[0])
        case _:
            raise LeafError(f"`{test.op}` is not a test of a text")
    return np.asarray(result.to_numpy(zero_copy_only=False), dtype=np.bool_)


def _coded(codes: npt.NDArray[np.unsignedinteger], passed: Mask) -> Mask:
    """The truth of each row from that of its code; the code after the last one is a missing value."""
    chosen = np.flatnonzero(passed)
    if chosen.size <= _FEW_CODES:
        return _any_of([np.asarray(codes == code, dtype=np.bool_) for code in chosen.tolist()], codes.size)
    return np.asarray(np.append(passed, False).take(codes), dtype=np.bool_)


def _lists(column: ListColumn, predicate: Lists) -> Mask:
    n_rows = column.sizes.size
    mask = within(column.sizes, predicate.sizes)
    for test in predicate.tests:
        wanted = [test.values] if test.op != "all_of" else [(value,) for value in test.values]
        for values in wanted:
            hits = _distinct(column.items, Texts((TextTest("in", values),), predicate.ignore_case))
            found = np.zeros(n_rows, dtype=np.bool_)
            found[column.rows[_coded(column.items.codes, hits)]] = True
            mask &= ~found if test.op == "none_of" else found
    return _with(mask, column.valid)
