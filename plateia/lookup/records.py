"""One record of a lookup store: what is found under which key, and how its bytes are read.

A key is 16 bytes of BLAKE2b (RFC 7693): of a stored token, or, personalised, of a person id. A value starts with a tag;
that of a token goes on with the confidence (float64) and the masks of granted and withdrawn purposes, as many bytes
each as the purposes need, little-endian; the person id closes it, 16 bytes if it is a UUID as Python writes them.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

KEY_BYTES = 16
UUID_BYTES = 16

GONE, SHARED, UUID, TEXT = range(4)
TOMBSTONE = bytes([GONE])

_PERSON = b"person id"  # keeps a person id apart from a token of the same bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of an identifier's value.

    Attributes:
        person_id: Whose it is; None if it is shared, which is nobody's.
        confidence: Of the membership, 0 if none was given.
        consent: Purpose: granted or withdrawn; a purpose of which nothing was said is not in it.
    """

    person_id: str | None
    is_shared: bool
    confidence: float
    consent: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where a person id leads: to its present person, or to None if that person has been erased."""

    current_person_id: str | None


def token_key(token: bytes) -> bytes:
    """The key of a stored (wrapped) token."""
    return blake2b(token, digest_size=KEY_BYTES).digest()


def person_key(person_id: str) -> bytes:
    """The key of a person id."""
    # Half a surrogate pair may be asked for, and is nobody's.
    return blake2b(person_id.encode(errors="surrogatepass"), digest_size=KEY_BYTES, person=_PERSON).digest()


def mask_bytes(purposes: Sequence[str]) -> int:
    """How many bytes a mask of these purposes takes."""
    return (len(purposes) + 7) // 8


class Decoder:
    """Reads values whose masks are of these purposes."""

    def __init__(self, purposes: Sequence[str]) -> None:
        self._bits = tuple((1 << place, purpose) for place, purpose in enumerate(purposes))
        self._head = struct.Struct(f"<Bd{mask_bytes(purposes)}s{mask_bytes(purposes)}s")

    def entry(self, value: bytes) -> Entry | None:
        """What a token's value says; None of a tombstone.

        Raises:
            ValueError: The bytes are not such a value.
        """
        if value == TOMBSTONE:
            return None
        if len(value) < self._head.size:
            raise ValueError("a value is too short")
        tag, confidence, granted, withdrawn = self._head.unpack_from(value)
        person_id = None if tag == SHARED else _person(tag, value[self._head.size :])
        consent = self._consent(int.from_bytes(granted, "little"), int.from_bytes(withdrawn, "little"))
        return Entry(person_id, tag == SHARED, confidence, consent)

    def _consent(self, granted: int, withdrawn: int) -> Mapping[str, bool]:
        said = granted | withdrawn
        return {purpose: bool(granted & bit) for bit, purpose in self._bits if said & bit}


def redirect(value: bytes) -> Redirect:
    """What a person id's value says.

    Raises:
        ValueError: The bytes are not such a value.
    """
    return Redirect(None if value == TOMBSTONE else _person(int.from_bytes(value[:1]), value[1:]))


def _person(tag: int, data: bytes) -> str:
    if tag == TEXT:
        return data.decode()
    if tag != UUID or len(data) != UUID_BYTES:
        raise ValueError("a value names nobody")
    digits = data.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
