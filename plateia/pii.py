"""Direct identifiers (e-mail, phone, document numbers) reach the warehouse only as tokens made with a secret key."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping

from plateia.errors import ConfigError

_SHORTEST_KEY_BYTES = 16


def token(value: str, key: bytes) -> str:
    """The token of a value: HMAC-SHA-256 (RFC 2104) of its UTF-8 bytes as 43 characters of URL-safe base64.

    The same value and key always give the same token, so that tokens join; without the key it can be neither undone
    nor looked up in a table of hashes. Nothing is folded: ``A@x`` and ``a@x`` are two values.
    """
    digest = hmac.new(key, value.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def key_of(variable: str | None, environ: Mapping[str, str] | None = None) -> bytes:
    """The key that an environment names as ``keys: {pii: VARIABLE}``; the configuration never holds the key itself.

    Raises:
        ConfigError: No variable is named, it is not set, or its value is shorter than 16 bytes.
    """
    if variable is None:
        raise ConfigError.because(
            "a column with `pii: direct` and no key for its tokens",
            expected="`keys: {pii: VARIABLE}` in the environment",
            hint="VARIABLE is the name of an environment variable that holds a random key of 16 bytes or more.",
        )
    key = (os.environ if environ is None else environ).get(variable, "").encode()
    if len(key) < _SHORTEST_KEY_BYTES:
        raise ConfigError.because(
            f"{variable}, which is {'too short' if key else 'not set'}",
            expected=f"an environment variable with a random key of at least {_SHORTEST_KEY_BYTES} bytes",
        )
    return key
