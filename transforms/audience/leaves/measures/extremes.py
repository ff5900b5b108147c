"""Folds that compare: the least and the greatest value, the first and the last instant."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from transforms.audience.leaves.columns import Column, DoubleColumn, IntegerColumn, Mask, MissingColumn, Numbers
from transforms.audience.leaves.measures.matches import Keys, Matches, reached

Values = npt.NDArray[np.generic]


class Extreme:
    """The least or the greatest value of each place."""

    def __init__(self, n_people: int, *, is_least: bool) -> None:
        self._n, self._is_least = n_people, is_least
        self._best: Values | None = None
        self._valid: Mask = np.zeros(0, dtype=np.bool_)
        self._keys: Keys = IntegerColumn(np.zeros(0, dtype=np.int64), None)

    def add(self, matches: Matches) -> None:
        """See ``Fold``."""
        if matches.keys is not None:
            self._take(matches, matches.keys)

    def _take(self, matches: Matches, keys: Keys) -> None:
        best, valid = self._extreme(matches, keys.values), reached(matches, self._n)
        self._keys = keys
        if self._best is None:
            self._best, self._valid = best, valid
            return
        better = np.minimum(self._best, best) if self._is_least else np.maximum(self._best, best)
        # Where only one of the two has a value, the other's means nothing.
        self._best = np.where(self._valid & valid, better, np.where(valid, best, self._best))
        self._valid = self._valid | valid

    def _extreme(self, matches: Matches, values: Values) -> Values:
        people = matches.people
        best: Values
        if values.dtype == object:
            order = np.lexsort((values, people))
            best = np.zeros(self._n, dtype=object)
            # Of several assignments to one place the last one stays.
            best[people[order[::-1] if self._is_least else order]] = values[order[::-1] if self._is_least else order]
            return best
        best = _start(values.dtype, self._n, is_greatest=self._is_least)
        (np.minimum if self._is_least else np.maximum).at(best, people, values)
        return best

    def finish(self) -> Column:
        """See ``Fold``."""
        if self._best is None:
            return MissingColumn(self._n)
        if isinstance(self._keys, DoubleColumn):
            return DoubleColumn(self._best.astype(np.float64), self._valid)
        whole: Numbers = self._best  # type: ignore[assignment]  # of the dtype of the values, objects included
        return IntegerColumn(whole, self._valid, self._keys.scale)


class Instant(Extreme):
    """The first or the last instant of each place."""

    def add(self, matches: Matches) -> None:
        """See ``Fold``."""
        self._take(matches, IntegerColumn(matches.at, None))


def _start(dtype: np.dtype[np.generic], size: int, *, is_greatest: bool) -> Values:
    if dtype.kind == "f":
        return np.full(size, np.inf if is_greatest else -np.inf, dtype=dtype)
    limits = np.iinfo(dtype)  # type: ignore[type-var]  # an integer, if no float
    return np.full(size, limits.max if is_greatest else limits.min, dtype=dtype)
