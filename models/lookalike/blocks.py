"""One block of people as a lookalike sees it: their features, hashed ids, and who is in a seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from models.lookalike.logistic import Mask, Matrix
from plateia.records import BlockFiles, StagedFile
from plateia.tables import BLOCK_SIZE
from transforms.audience import bits, roaring
from transforms.audience.bits import Words
from transforms.tickets import Tickets, hash_people

N_WORDS = BLOCK_SIZE // 64


class Reader(Protocol):
    """What a worker reads people and published members with."""

    def people(self, columns: Sequence[str]) -> pa.Table: ...

    def members(self, audience: str) -> bytes | None: ...


class MatrixReader(Protocol):
    """What a worker reads staged feature matrices with."""

    def read(self, staged: StagedFile) -> tuple[npt.NDArray[np.int32], Matrix]: ...


@dataclass(frozen=True)
class Task:
    """A block's files, and its staged matrix of each frozen schema, by digest."""

    files: BlockFiles
    matrices: Mapping[str, StagedFile]


@dataclass(frozen=True)
class Access:
    """How workers reach a site's files; picklable."""

    reader_of: Callable[[BlockFiles], Reader]
    matrices: MatrixReader


@dataclass(frozen=True)
class Block:
    """The alive people of a block, by ordinal."""

    number: int
    reader: Reader
    ordinals: npt.NDArray[np.int32]
    hashes: Tickets

    @classmethod
    def read(cls, access: Access, task: Task) -> Block:
        reader = access.reader_of(task.files)
        people = reader.people(["ordinal", "alive", "person_id"])
        people = people.filter(people["alive"]).sort_by("ordinal")
        ordinals = people["ordinal"].to_numpy().astype(np.int32)
        return cls(task.files.block, reader, ordinals, hash_people(people["person_id"].to_pylist()))

    @property
    def places(self) -> npt.NDArray[np.int64]:
        """Each person's position in the block."""
        return self.ordinals.astype(np.int64) - self.number * BLOCK_SIZE

    def features(self, access: Access, task: Task, schema: str) -> Matrix:
        """The matrix of a schema, one row a person of ``ordinals``.

        Raises:
            ValueError: The matrix is of other people: the warehouse was refreshed in between.
        """
        ordinals, matrix = access.matrices.read(task.matrices[schema])
        if not np.array_equal(ordinals, self.ordinals):
            raise ValueError("the features are of other people than the block")
        return matrix

    def members(self, audience: str) -> Mask:
        """Which people are published members of an audience."""
        data = self.reader.members(audience)
        if data is None:
            return np.zeros(len(self.ordinals), np.bool_)
        words = bits.fit(roaring.decode(data, self.number), N_WORDS)
        return bits.unpack(words, BLOCK_SIZE)[self.places]

    def words(self, chosen: Mask) -> Words:
        """Chosen people as packed bits of the block."""
        mask = np.zeros(BLOCK_SIZE, np.bool_)
        mask[self.places[chosen]] = True
        return bits.pack(mask)
