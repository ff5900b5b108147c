"""How many distinct values the events of each place have, exactly."""

from __future__ import annotations

import numpy as np

from transforms.audience.leaves.columns import Column, IntegerColumn, Places
from transforms.audience.leaves.measures.matches import Keys, Matches

_FEW_CODES = 1 << 16
_MOST_CELLS = 1 << 26  # of a table of places and values: 64 MB
_PLACE = 40  # bits of a code beside a place


class Distinct:
    """Keeps what a single slice has; of several, the pairs of place and value.

    Memory: 8 bytes a distinct pair of place and value, beside one Python object a distinct value.
    """

    def __init__(self, n_people: int) -> None:
        self._n = n_people
        self._first: tuple[Places, Keys] | None = None
        self._codes: dict[object, int] = {}
        self._pairs: Places | None = None

    def add(self, matches: Matches) -> None:
        """See ``Fold``."""
        if matches.keys is None:
            return
        if self._first is None and self._pairs is None:
            self._first = matches.people, matches.keys
            return
        if self._first is not None:
            first, self._first = self._first, None
            self._pairs = self._pairs_of(*first)
        assert self._pairs is not None  # there was a first slice
        self._pairs = np.union1d(self._pairs, self._pairs_of(matches.people, matches.keys))

    def finish(self) -> Column:
        """See ``Fold``."""
        if self._first is not None:
            people, keys = self._first
            return IntegerColumn(distinct_codes(people, _small(keys), self._n), None)
        pairs = np.zeros(0, dtype=np.int64) if self._pairs is None else self._pairs
        return IntegerColumn(np.bincount(pairs >> _PLACE, minlength=self._n), None)

    def _pairs_of(self, people: Places, keys: Keys) -> Places:
        values, inverse = np.unique(keys.values, return_inverse=True)
        codes = [self._codes.setdefault(value, len(self._codes)) for value in values.tolist()]
        known = np.array(codes, dtype=np.int64)[inverse.reshape(-1)]
        pairs: Places = np.unique((people << _PLACE) | known)
        return pairs


def distinct_codes(people: Places, codes: Places, n_people: int) -> Places:
    """How many distinct codes the events of each place have."""
    first = int(codes.min()) if codes.size else 0
    n_codes = int(codes.max()) - first + 1 if codes.size else 1
    cells = people * n_codes + (codes - first)
    if n_people * n_codes <= _MOST_CELLS:
        seen = np.zeros(n_people * n_codes, dtype=np.bool_)
        seen[cells] = True
        totals: Places = seen.reshape(n_people, n_codes).sum(axis=1, dtype=np.int64)
        return totals
    counts: Places = np.bincount(np.unique(cells) // n_codes, minlength=n_people)
    return counts


def _small(keys: Keys) -> Places:
    """Small integers that are equal where the values are."""
    values = keys.values
    if values.dtype.kind in "iu" and values.size and 0 <= values.min() <= values.max() < _FEW_CODES:
        return values.astype(np.int64)
    _, codes = np.unique(values, return_inverse=True)
    return codes.reshape(-1).astype(np.int64)
