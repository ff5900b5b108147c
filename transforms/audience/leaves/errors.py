"""What can go wrong with one leaf, without harm to the others."""

from __future__ import annotations


class LeafError(Exception):
    """Raised when a leaf cannot be evaluated on a block; the message says why and holds no person's data."""


class SumOverflowError(LeafError):
    """Raised when a person's sum of doubles lies beyond 9.2 · 10^12, more than exact sums can hold."""
