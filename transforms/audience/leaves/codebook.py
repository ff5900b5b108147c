"""Texts as numbers that mean the same in every slice of an event type."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from transforms.audience.leaves.columns import Column, DoubleColumn, IntegerColumn, TextColumn, keys_of


class Codebook:
    """Numbers texts as they come; memory: one Python object a distinct text of a property."""

    def __init__(self) -> None:
        self._codes: dict[str, dict[str, int]] = defaultdict(dict)

    def keys(self, name: str, column: Column) -> IntegerColumn | DoubleColumn:
        """Like ``keys_of``, comparable with those of the same property in other slices.

        Raises:
            LeafError: The column holds arrays.
        """
        if not isinstance(column, TextColumn):
            return keys_of(column)
        known = self._codes[name]
        codes = [known.setdefault(text, len(known)) for text in column.texts]
        return IntegerColumn(np.array([*codes, -1], dtype=np.int64)[column.codes], column.codes != len(codes))
