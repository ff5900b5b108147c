"""Consent leaves of a block: each person's latest word on a purpose."""

from __future__ import annotations

from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.audience.atoms import ConsentLeaf
from transforms.audience.leaves.columns import Mask
from transforms.audience.leaves.errors import LeafError
from transforms.audience.leaves.traits import Population, integers
from transforms.audience.plan import BlockReader

_NEVER = np.iinfo(np.int64).min


class Consents:
    """The words of a block's people: ``ordinal, at, purpose, granted``, in any order."""

    def __init__(self, table: pa.Table, population: Population) -> None:
        self._places = integers(table, "ordinal") - population.base
        self._at = integers(table, "at")
        self._granted: Mask = integers(table, "granted") != 0
        self._purposes = table.column("purpose")
        self._inside: Mask = (self._places >= 0) & (self._places < population.n)
        self._n_people = population.n

    @classmethod
    def read(cls, reader: BlockReader, population: Population) -> Self:
        """Those of a block.

        Raises:
            LeafError: No refresh has loaded any yet.
        """
        table = reader.consents()
        if table is None:
            raise LeafError("the warehouse holds no consents yet: run refresh-warehouse")
        return cls(table, population)

    def granted(self, leaf: ConsentLeaf) -> Mask:
        """Whose latest word on the purpose before the leaf's end is a grant; who never said a word did not."""
        about = pc.fill_null(pc.equal(self._purposes, leaf.purpose), False).to_numpy().astype(np.bool_)
        rows = np.flatnonzero(about & self._inside & (self._at < leaf.end))
        places, at, granted = self._places[rows], self._at[rows], self._granted[rows]
        latest = np.full(self._n_people, _NEVER, dtype=np.int64)
        np.maximum.at(latest, places, at)
        is_latest = at == latest[places]
        consents: Mask = np.zeros(self._n_people, dtype=np.bool_)
        consents[places[is_latest & granted]] = True
        consents[places[is_latest & ~granted]] = False  # a withdrawal beats a grant of the same instant
        return consents
