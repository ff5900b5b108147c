"""Comparisons become sets of numbers: how values lie on an axis, and which numbers pass a test."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from plateia.rules.intervals import EVERYTHING, Bound, Intervals, Neighbour, complement, next_integer, union
from plateia.rules.tree import Test


@dataclass(frozen=True, slots=True)
class Axis:
    """How values become numbers, and what lies beside a number.

    A fraction is between two integers: the bounds of a comparison with it are those integers.
    """

    number: Callable[[object], Fraction | float]
    neighbour: Neighbour = next_integer

    def intervals(self, test: Test) -> Intervals | None:
        """The numbers that pass one test; None where it is no comparison of numbers."""
        values: tuple[object, ...] = test.value if isinstance(test.value, tuple) else (test.value,)
        match test.op:
            case "eq" | "in":
                return self._points(values)
            case "ne" | "not_in":
                return complement(self._points(values), self.neighbour)
            case "lt" | "lte":
                strict = test.op == "lt"
                impossible = strict and self.number(values[0]) == -math.inf
                return () if impossible else ((-math.inf, self._at_most(values[0], strict=strict)),)
            case "gt" | "gte":
                strict = test.op == "gt"
                impossible = strict and self.number(values[0]) == math.inf
                return () if impossible else ((self._at_least(values[0], strict=strict), math.inf),)
            case "between":
                return union([(self._at_least(values[0]), self._at_most(values[1]))], self.neighbour)
            case "missing":  # a count, a sum and a size are always there
                return () if test.value else EVERYTHING
        return None

    def _points(self, values: tuple[object, ...]) -> Intervals:
        return union([(self._at_least(value), self._at_most(value)) for value in values], self.neighbour)

    def _at_most(self, value: object, *, strict: bool = False) -> Bound:
        number = self.number(value)
        if isinstance(number, float):
            return self.neighbour(number, -1) if strict else number
        return math.ceil(number) - 1 if strict else math.floor(number)

    def _at_least(self, value: object, *, strict: bool = False) -> Bound:
        number = self.number(value)
        if isinstance(number, float):
            return self.neighbour(number, 1) if strict else number
        return math.floor(number) + 1 if strict else math.ceil(number)


def exact(value: object) -> Fraction | float:
    """A number without loss: decimals as fractions, the rest as it is."""
    return value if isinstance(value, int | float) else Fraction(str(value))
