"""Where the keys of identity come from: the environment's variables, or whatever else gives bytes for a name."""

from __future__ import annotations

from collections.abc import Callable

from plateia.declarations.environments import Keys
from plateia.declarations.identity import Identity
from plateia.errors import ConfigError
from plateia.identity.tokens import TokenKeys
from plateia.identity.vault import VaultKey
from plateia.pii import key_of

KeySource = Callable[[str | None], bytes]
"""From the name of a key to its bytes: ``pii.key_of`` for environment variables; a KMS stands behind the same."""


def vault_key(keys: Keys, identity: Identity, *, source: KeySource = key_of) -> VaultKey | None:
    """The key of the vault; None where no destination wants a value.

    Raises:
        ConfigError: It is not named, not set, or too short.
    """
    if not identity.vaulted:
        return None
    if keys.identity_vault is None:
        raise ConfigError.because(
            f"destinations of {', '.join(sorted(identity.vaulted))}, but no key to seal values with",
            expected="`keys: {identity_vault: VARIABLE}` in the environment",
        )
    return VaultKey(source(keys.identity_vault))


def token_keys(keys: Keys, identity: Identity, *, source: KeySource = key_of) -> TokenKeys:
    """The keys that an environment names.

    Raises:
        ConfigError: One is not named, not set, or too short; two ids name one key.
    """
    if keys.identity_token is None or keys.identity_wrap_current is None:
        raise ConfigError.because(
            "identifiers, but no keys for their tokens",
            expected="`keys: {identity_token: VARIABLE, identity_wrap: {k1: VARIABLE}, identity_wrap_current: k1}` "
            "in the environment",
        )
    wraps = {kid: source(variable) for kid, variable in keys.identity_wrap.items()}
    if len(set(wraps.values())) < len(wraps):
        raise ConfigError.because("one key under two ids of `keys: identity_wrap`", expected="another key for each id")
    return TokenKeys(source(keys.identity_token), wraps, keys.identity_wrap_current, identity.scope == "site")
