"""New person ids: UUIDs of version 7 (RFC 9562), made of as_of and a component's least token, of nothing else."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime

from plateia.identity.tokens import TokenKeys

_TRIES = 100


def fresh_id(least: bytes, keys: TokenKeys, *, as_of: datetime, taken: Collection[str]) -> str:
    """An id that no person has ever had, for the component with this least inner token.

    Args:
        taken: Ids that somebody has had, as far as they could come out here: as_of does not move between two runs of
            one instant, and then the id may be that of a person of the first.

    Raises:
        ArithmeticError: A hundred ids in a row were taken.
    """
    for number in range(_TRIES):
        found = uuid7(as_of, keys.fresh(f"person {number}", least))
        if found not in taken:
            return found
    raise ArithmeticError(f"{_TRIES} person ids in a row were taken")


def uuid7(as_of: datetime, digest: bytes) -> str:
    """The UUID of version 7 of an instant (to the millisecond) and 74 bits of a digest, as text."""
    milliseconds = round(as_of.timestamp() * 1000)
    bits = int.from_bytes(digest[:10], "big")
    high = milliseconds << 16 | 0x7000 | bits >> 62 & 0xFFF
    low = 0x8000_0000_0000_0000 | bits & 0x3FFF_FFFF_FFFF_FFFF
    return str(uuid.UUID(int=high << 64 | low))
