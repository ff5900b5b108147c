"""Tokens: what is stored in place of an identifier's value.

The inner token is HMAC-SHA-256 (RFC 2104) of type and canonical value under a key that never changes; whoever lacks the
key can neither undo it nor look a value up. It is stored wrapped, by AES-GCM-SIV (RFC 8452) with a fixed nonce, which
is deterministic: under one wrapping key equal tokens are equal bytes, and join as they stand. A wrapping key can be
replaced without any raw value: unwrap, wrap.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from plateia.errors import LakeError, PlateiaError

INNER_BYTES = 32
_NONCE = bytes(12)  # deterministic encryption: SIV keeps a repeated nonce from revealing more than equality
_MARK = b":"  # between the id of the key and what it encrypts; no id has one


@dataclass(frozen=True)
class TokenKeys:
    """The keys of tokens. Picklable; its ``repr`` shows no key.

    Attributes:
        token: Makes inner tokens.
        wraps: Id of a wrapping key: the key.
        current: The id under which is wrapped what is written now.
        by_site: Whether a value is one identifier a site, rather than one of the lake.
    """

    token: bytes
    wraps: Mapping[str, bytes]
    current: str
    by_site: bool = False

    def inner(self, kind: str, value: str, site: str) -> bytes:
        """The inner token (32 bytes) of a canonical value.

        Raises:
            UnicodeEncodeError: The value holds half a surrogate pair.
        """
        place = f"{site}\0" if self.by_site else ""
        return hmac.digest(self.token, f"{kind}\0{place}{value}".encode(), "sha256")

    def wrap(self, inner: bytes) -> bytes:
        """An inner token as it is stored: the id of the current key, and the encrypted token.

        Raises:
            LakeError: The current key is not among these.
        """
        if self.current not in self._ciphers:
            raise self._unnamed()
        return self.prefix + self._ciphers[self.current].encrypt(_NONCE, inner, self.prefix)

    def unwrap(self, token: bytes) -> bytes:
        """The inner token of a stored one, whichever key it is wrapped by.

        Raises:
            LakeError: Its key is not among these, or another key has its id.
        """
        kid, _, sealed = token.partition(_MARK)
        cipher = self._ciphers.get(kid.decode("ascii", "replace"))
        if cipher is None:
            raise self._unnamed()
        try:
            return cipher.decrypt(_NONCE, sealed, kid + _MARK)
        except InvalidTag:
            hint = "Give each key its own id, and keep old keys under theirs until `plateia rotate-keys` has run."
            got = f"a token of the lake that the key {kid.decode()} does not open"
            raise LakeError.because(got, expected="the key that it was wrapped by", hint=hint) from None

    def _unnamed(self) -> PlateiaError:
        got = "a token of the lake is wrapped by a key that the environment does not name"
        ids = ", ".join(sorted(self.wraps))
        return LakeError.because(got, expected=f"its id among `keys: identity_wrap`, which has {ids}")

    def rewrap(self, token: bytes) -> bytes:
        """The same token under the current key."""
        return token if token.startswith(self.prefix) else self.wrap(self.unwrap(token))

    def fresh(self, context: str, inner: bytes) -> bytes:
        """32 bytes that nobody without the key can foresee, from an inner token; apart from every token."""
        return hmac.digest(self.token, b"\0" + context.encode() + b"\0" + inner, "sha256")

    @cached_property
    def checks(self) -> Mapping[str, str]:
        """By which a key is known again, telling nothing of it: of a wrapping key by its id, of the token key by ''."""
        keys = {"": self.token, **self.wraps}
        return {kid: hmac.digest(key, b"\0check\0" + kid.encode(), "sha256").hex()[:16] for kid, key in keys.items()}

    @cached_property
    def prefix(self) -> bytes:
        """What every token under the current key starts with."""
        return self.current.encode() + _MARK

    @cached_property
    def _ciphers(self) -> Mapping[str, AESGCMSIV]:
        return {kid: AESGCMSIV(_of_32_bytes(key)) for kid, key in self.wraps.items()}

    def __repr__(self) -> str:
        return f"TokenKeys(current={self.current!r})"

    def __getstate__(self) -> dict[str, object]:
        """Ciphers of the library cannot be pickled; they are made again where they are needed."""
        return {name: self.__dict__[name] for name in ("token", "wraps", "current", "by_site")}


def _of_32_bytes(key: bytes) -> bytes:
    """A cipher's key from one of any length."""
    return hashlib.sha256(b"plateia identity wrap\0" + key).digest()
