"""Values that ad platforms want hashed, sealed: each under a key of its person, which is dropped to forget them.

A person's key is random and is itself sealed under the vault's key, so that both are needed to open a value. A value
that is nobody's is sealed under the vault's key. Ciphers are AES-GCM-SIV (RFC 8452); a value is bound to its token.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from functools import cached_property

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from plateia.errors import LakeError
from plateia.trace import random_bytes

NOBODY = bytes(16)
_NONCE_BYTES, _KEY_BYTES = 12, 32


@dataclass(frozen=True)
class VaultKey:
    """The key of a vault. Picklable; its ``repr`` shows no key."""

    secret: bytes

    def new_key(self, person_id: str) -> bytes:
        """A random key for a person, sealed."""
        return _sealed(self._cipher, random_bytes(_KEY_BYTES), holder_of(person_id))

    def seal(self, value: str, token: bytes, *, person_id: str | None = None, key: bytes | None = None) -> bytes:
        """A value as it is stored: whose key seals it (16 bytes), a nonce, and the encrypted value.

        Args:
            token: The inner token of the value.
            person_id: Whose value it is; None: nobody's.
            key: The person's sealed key.
        """
        holder = NOBODY if person_id is None else holder_of(person_id)
        return holder + _sealed(self._opener(holder, key), value.encode(), holder + token)

    def open(self, sealed: bytes, token: bytes, *, key: bytes | None = None) -> str:
        """The value.

        Args:
            key: The sealed key of the person whose value it is.

        Raises:
            LakeError: It was sealed by another key, or that key is gone.
        """
        holder = sealed[: len(NOBODY)]
        return _opened(self._opener(holder, key), sealed[len(NOBODY) :], holder + token).decode()

    def _opener(self, holder: bytes, key: bytes | None) -> AESGCMSIV:
        if holder == NOBODY:
            return self._cipher
        if key is None:
            raise LakeError.because("a value of the vault whose person's key is gone", expected="a value with its key")
        return AESGCMSIV(_opened(self._cipher, key, holder))

    @cached_property
    def _cipher(self) -> AESGCMSIV:
        return AESGCMSIV(hashlib.sha256(b"plateia identity vault\0" + self.secret).digest())

    def __repr__(self) -> str:
        return "VaultKey()"

    def __getstate__(self) -> dict[str, object]:
        """Ciphers of the library cannot be pickled; they are made again where they are needed."""
        return {"secret": self.secret}


def holder_of(person_id: str) -> bytes:
    """What a sealed value names its person by."""
    return uuid.UUID(person_id).bytes


def _sealed(cipher: AESGCMSIV, plain: bytes, bound_to: bytes) -> bytes:
    nonce = random_bytes(_NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, plain, bound_to)


def _opened(cipher: AESGCMSIV, sealed: bytes, bound_to: bytes) -> bytes:
    try:
        return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound_to)
    except InvalidTag:
        hint = "`keys: identity_vault` never changes: it must be that of the first `resolve-identities`."
        got = "a value of the vault that the vault's key does not open"
        raise LakeError.because(got, expected="the key that it was sealed by", hint=hint) from None
