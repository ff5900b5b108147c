"""A model's published scores of a block: every person's tenth, and the values of the best tenth."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from plateia.records import BlockScores
from plateia.rules.intervals import intersect, next_double
from transforms.audience import bits, roaring
from transforms.audience.leaves import predicates
from transforms.audience.leaves.columns import DoubleColumn, Mask, Places
from transforms.audience.leaves.conditions import Doubles, Missing, Nothing, Predicate
from transforms.audience.leaves.errors import LeafError
from transforms.audience.leaves.sortable import Bytes, flagged
from transforms.ranking import ordered

_NONE = 255  # the tenth of who has no score
_WORST = 11


@dataclass(frozen=True, slots=True)
class DecodedScores:
    """One tenth a place, 1 the best and 255 without a score; the kept places, ascending, and their values."""

    tenths: npt.NDArray[np.uint8]
    kept: Places
    values: npt.NDArray[np.float32]
    least: float

    @classmethod
    def of(cls, scores: BlockScores | None, n_people: int, block: int) -> DecodedScores:
        """From what the table holds; None is a block without scores.

        Raises:
            LeafError: The bytes do not fit each other.
        """
        tenths = np.full(n_people, _NONE, dtype=np.uint8)
        if scores is None:
            return cls(tenths, np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32), math.inf)
        known = np.frombuffer(scores.deciles, dtype=np.uint8)[:n_people]
        tenths[: known.size] = known
        try:
            words = bits.fit(roaring.decode(scores.kept, block), bits.n_words(n_people))
        except ValueError as error:
            raise LeafError(str(error)) from None
        kept = np.flatnonzero(bits.unpack(words, n_people))
        values = np.frombuffer(scores.values, dtype="<f4")
        if kept.size != values.size:
            raise LeafError("the kept scores are not as many as the people they are of")
        return cls(tenths, kept, values, scores.least)

    def best(self, tenths: int) -> Mask:
        """Who is in the best so many tenths."""
        found: Mask = self.tenths <= tenths
        return found

    def meets(self, predicate: Predicate) -> Mask:
        """Whose score meets a predicate.

        Raises:
            LeafError: A score below those that are kept could meet it.
        """
        scored = self.tenths != _NONE
        if isinstance(predicate, Missing):
            return np.asarray(scored != predicate.wanted, dtype=np.bool_)
        if isinstance(predicate, Nothing):
            return np.zeros(scored.size, dtype=np.bool_)
        if not isinstance(predicate, Doubles):
            raise LeafError("the rule was written for scores of another type")
        if scored.any() and intersect(predicate.intervals, ((-math.inf, float(self.least)),)):
            above = next_double(self.least, 1)
            raise LeafError(
                f"only the scores of the best tenth are kept, down to {self.least:.6g}: "
                f"ask for more than that (from {above:.6g} on), or for `top`"
            )
        mask = np.zeros(scored.size, dtype=np.bool_)
        mask[self.kept] = predicates.meets(DoubleColumn(self.values.astype(np.float64), None), predicate)
        return mask

    def sortable(self, *, descending: bool) -> Bytes:
        """One row of bytes a place: the tenth, and within the best tenth the value."""
        result = np.zeros((self.tenths.size, 5), dtype=np.uint8)
        result[:, 0] = _WORST - np.minimum(self.tenths, _WORST)
        result[self.kept, 1:] = ordered(self.values).astype(">u4").view(np.uint8).reshape(-1, 4)
        return flagged(result, self.tenths != _NONE, descending=descending)
