"""Conditions on numbers and booleans."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from plateia.catalogue import ValueType
from plateia.rules.axis import Axis, exact
from plateia.rules.intervals import EVERYTHING, Intervals, complement, intersect, next_double
from plateia.rules.lint.claims import UNKNOWN, Claim
from plateia.rules.lint.values.sets import Spans
from plateia.rules.tree import Test

_DOUBLES = Axis(lambda value: float(exact(value)) + 0.0, next_double)
_SUMMED_DECIMALS = 6  # doubles are added rounded to millionths


def number_claim(tests: Sequence[Test], axis: Axis, domain: Spans, *, subject: str = "") -> Claim:
    """The numbers of a domain that pass every test, and those that do not."""
    passing = passing_numbers(tests, axis)
    if passing is None:
        return UNKNOWN
    inside = Spans(intersect(passing, domain.intervals))
    outside = Spans(complement(passing, axis.neighbour), missing=True) & domain
    return Claim({subject: inside} if inside else None, {subject: outside} if outside else None)


def passing_numbers(tests: Sequence[Test], axis: Axis) -> Intervals | None:
    """The numbers that pass every test; None where one is not about numbers."""
    found = EVERYTHING
    for test in tests:
        passing = axis.intervals(test)
        if passing is None:
            return None
        found = intersect(found, passing)
    return found


def axis_of(value_type: ValueType) -> Axis:
    """Where the values of a number's type lie: doubles as they are, decimals unscaled."""
    return _DOUBLES if value_type.kind == "double" else scaled(value_type.scale)


def sum_axis(value_type: ValueType) -> Axis:
    """Where sums of a property lie."""
    return scaled(_SUMMED_DECIMALS if value_type.kind == "double" else value_type.scale)


def scaled(scale: int) -> Axis:
    return Axis(lambda value: Fraction(exact(value)) * 10**scale)


def boolean_claim(tests: Sequence[Test]) -> Claim:
    """Of a trait that is true, false or missing."""
    passing = passing_numbers(tests, scaled(0))
    if passing is None:
        return UNKNOWN
    inside = frozenset(value for value in (False, True) if intersect(passing, ((value, value),)))
    return Claim({"": inside} if inside else None, {"": frozenset({False, True, None}) - inside})


def up_to(most: int) -> Spans:
    """0 to ``most``."""
    return Spans(((0, most),))


def below(end: float) -> Intervals:
    return ((-math.inf, end),)
