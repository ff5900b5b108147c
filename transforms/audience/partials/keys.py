"""Which measures daily totals answer, and the name of what is totalled."""

from __future__ import annotations

import hashlib

from transforms.audience.atoms import EventLeaf

_FORMAT = 1  # of the packed rows and of what a filter means; another number makes all that is kept invalid
_KINDS = ("count", "sum", "avg", "days")


def is_total(leaf: EventLeaf) -> bool:
    """Whether daily totals tell a leaf's measure, and its filter means the same on another day."""
    return leaf.measured.kind in _KINDS and leaf.is_lasting


def key_of(leaf: EventLeaf, zone: str) -> str:
    """A name for the totals of a leaf: SHA-256 hex of its filter, the property that is added, and the zone of days."""
    measured = leaf.measured
    meaning = (_FORMAT, zone, leaf.event, leaf.where, measured.of, measured.scale if measured.of else 0)
    return hashlib.sha256(repr(meaning).encode()).hexdigest()
