"""Hashed person ids: draws, ties and the parts of a split are decided by them, the same in every run."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

Tickets = npt.NDArray[np.uint64]


def hash_people(person_ids: Iterable[str]) -> Tickets:
    """One 64-bit hash a person id, in the given order."""
    digests = b"".join(blake2b(person.encode(), digest_size=8).digest() for person in person_ids)
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)


def salted(hashes: Tickets, salt: str) -> Tickets:
    """Hashes that are independent from one salt to the next (the finaliser of splitmix64 over hash xor salt)."""
    mixed = hashes ^ np.uint64(int.from_bytes(blake2b(salt.encode(), digest_size=8).digest(), "little"))
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def drawn(tickets: Tickets, share: float) -> npt.NDArray[np.bool_]:
    """The people whose ticket falls into the first ``share`` (0 to 1) of all possible tickets."""
    return (tickets >> np.uint64(11)) < np.uint64(int(share * (1 << 53)))
