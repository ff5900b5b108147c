"""The values of whole groups: what their evidence says of each, and which of them it joins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from plateia.identity.tokens import TokenKeys

Numbers = np.ndarray[tuple[int], np.dtype[np.int64]]
Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]
Scalar = TypeVar("Scalar", bound=np.generic)
Floats = np.ndarray[tuple[int], np.dtype[np.float64]]


class CollisionError(ArithmeticError):
    """Raised when two values have one number: another salt tells them apart."""


@dataclass(frozen=True)
class Values:
    """Each value once, in order of its number.

    Attributes:
        number: What frames know it by.
        kind: The place of its type among the rules'.
        proven: Whether some row has proven it.
        confidence: The greatest of what tells of it.
        component: From 0 on without gaps: values of one component are one person.
    """

    number: Numbers
    kind: Numbers
    token: pa.Array
    proven: Flags
    confidence: Floats
    component: Numbers

    @property
    def components(self) -> int:
        """How many there are."""
        return int(self.component.max()) + 1 if len(self.component) else 0

    def parted(self, owner: Numbers, confidence: Floats) -> Values:
        """The same values, those of one owner a component."""
        return replace(self, component=np.unique(owner, return_inverse=True)[1], confidence=confidence)

    def places(self, numbers: Numbers) -> Numbers:
        """Where values with these numbers are; -1: nowhere."""
        if not len(self.number):
            return np.full(len(numbers), -1, np.int64)
        found = np.minimum(np.searchsorted(self.number, numbers), len(self.number) - 1)
        return np.where(self.number[found] == numbers, found, -1)

    def least(self, wanted: Flags, keys: TokenKeys) -> Mapping[int, bytes]:
        """Component -> its least inner token, of the components that are wanted."""
        least: dict[int, bytes] = {}
        of_wanted = np.flatnonzero(wanted[self.component])
        tokens = self.token.take(pa.array(of_wanted)).to_pylist()
        for component, token in zip(self.component[of_wanted].tolist(), tokens, strict=True):
            inner = keys.unwrap(token)
            if component not in least or inner < least[component]:
                least[component] = inner
        return least


def values_of(edges: pa.Table) -> Values:
    """The values that some edges tell of, joined by every one of them.

    Args:
        edges: ``a, b, kind_a, kind_b, token_a, token_b, verified, confidence``; a loop tells that a value was seen.

    Raises:
        CollisionError: Two values have one number.
    """
    size = edges.num_rows
    number, first, place = np.unique(_both(edges, "a", "b"), return_index=True, return_inverse=True)
    tokens = pa.chunked_array([*edges["token_a"].chunks, *edges["token_b"].chunks], pa.binary()).combine_chunks()
    token = tokens.take(pa.array(first))
    check_tokens(tokens, token.take(pa.array(place)))
    proven, confidence = np.zeros(len(number), np.bool_), np.zeros(len(number))
    proven[place[np.tile(column(edges, "verified", np.bool_), 2)]] = True
    np.maximum.at(confidence, place, np.tile(column(edges, "confidence", np.float64), 2))
    graph = coo_matrix((np.ones(size), (place[:size], place[size:])), shape=(len(number), len(number)))
    _, component = connected_components(graph, directed=False)
    kind = _both(edges, "kind_a", "kind_b")[first]
    return Values(number, kind, token, proven, confidence, component.astype(np.int64))


def check_tokens(some: pa.Array, others: pa.Array) -> None:
    """Check that what has one number has one token.

    Raises:
        CollisionError: It has not.
    """
    if pc.any(pc.not_equal(some, others)).as_py():
        raise CollisionError("two values have one number")


def column(table: pa.Table, name: str, dtype: type[Scalar]) -> np.ndarray[tuple[int], np.dtype[Scalar]]:
    """A column without nulls as an array."""
    return np.asarray(table[name].combine_chunks().to_numpy(zero_copy_only=False), dtype)


def _both(table: pa.Table, one: str, other: str) -> Numbers:
    return np.concatenate([column(table, name, np.int64) for name in (one, other)])
