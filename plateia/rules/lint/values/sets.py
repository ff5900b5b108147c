"""Sets of values with ``&`` and ``|``, false where they are empty; a missing value is a value, too.

Few and known values are plain frozensets, in which None is the missing one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

from plateia.rules.intervals import EVERYTHING, Bound, Intervals, intersect, union


class ValueSet(Protocol):
    """Sets of one subject are always of one kind."""

    def __and__(self, other: Any, /) -> Any: ...

    def __or__(self, other: Any, /) -> Any: ...


@dataclass(frozen=True, slots=True)
class Spans:
    """Numbers on an axis."""

    intervals: Intervals
    missing: bool = False

    def __and__(self, other: Spans) -> Spans:
        return Spans(intersect(self.intervals, other.intervals), self.missing and other.missing)

    def __or__(self, other: Spans) -> Spans:
        return Spans(union((*self.intervals, *other.intervals), _itself), self.missing or other.missing)

    def __bool__(self) -> bool:
        return bool(self.intervals) or self.missing


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts that are ``listed``, or all others."""

    values: frozenset[str]
    listed: bool = True
    missing: bool = False

    def __and__(self, other: Texts) -> Texts:
        missing = self.missing and other.missing
        if self.listed and other.listed:
            return Texts(self.values & other.values, missing=missing)
        if self.listed or other.listed:
            few, others = (self, other) if self.listed else (other, self)
            return Texts(few.values - others.values, missing=missing)
        return Texts(self.values | other.values, listed=False, missing=missing)

    def __or__(self, other: Texts) -> Texts:
        missing = self.missing or other.missing
        if self.listed and other.listed:
            return Texts(self.values | other.values, missing=missing)
        if self.listed or other.listed:
            few, others = (self, other) if self.listed else (other, self)
            return Texts(others.values - few.values, listed=False, missing=missing)
        return Texts(self.values & other.values, listed=False, missing=missing)

    def __bool__(self) -> bool:
        return bool(self.values) or not self.listed or self.missing


ANY_NUMBER = Spans(EVERYTHING)
ANY_TEXT = Texts(frozenset(), listed=False)
WHOLE = Spans(((0, math.inf),))
AT_LEAST_ONE = Spans(((1, math.inf),))
YES, NO = frozenset({True}), frozenset({False})


def _itself(value: Bound, _: int) -> Bound:
    """Only what overlaps is joined: whether a set is empty does not depend on more."""
    return value
