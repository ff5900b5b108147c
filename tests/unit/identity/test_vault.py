"""A sealed value opens for its token, with its person's key and the vault's, and for nobody else."""

from __future__ import annotations

import pickle
import uuid

import pyarrow as pa
import pytest

from plateia.declarations.environments import Keys
from plateia.declarations.identity import Gmail, IdentifierType, Identity
from plateia.errors import ConfigError, LakeError
from plateia.identity.keys import vault_key
from plateia.identity.normalising import Canon
from plateia.identity.tokens import TokenKeys
from plateia.identity.vault import NOBODY, VaultKey, holder_of
from transforms.identity.evidence.pairs import Shape
from transforms.identity.vaulting import Sealing, sealed

VAULT, TOKEN = VaultKey(b"a secret of sixteen bytes"), bytes(range(32))
ANA, BETO = (str(uuid.UUID(int=number, version=4)) for number in (1, 2))


def test_a_person_s_value_opens_with_both_keys() -> None:
    key = VAULT.new_key(ANA)
    sealed = VAULT.seal("ana@example.com", TOKEN, person_id=ANA, key=key)
    assert sealed[:16] == holder_of(ANA) == uuid.UUID(ANA).bytes
    assert b"ana" not in sealed[16:]
    assert VAULT.open(sealed, TOKEN, key=key) == "ana@example.com"


def test_nobody_s_value_opens_with_the_vault_s_key() -> None:
    sealed = VAULT.seal("ana@example.com", TOKEN)
    assert sealed[:16] == NOBODY
    assert VAULT.open(sealed, TOKEN) == "ana@example.com"


def test_keys_and_values_are_sealed_otherwise_each_time() -> None:
    assert VAULT.new_key(ANA) != VAULT.new_key(ANA)
    assert VAULT.seal("x", TOKEN) != VAULT.seal("x", TOKEN)


@pytest.mark.parametrize(
    ("vault", "token", "key"),
    [
        pytest.param(VAULT, TOKEN, None, id="the person's key is gone"),
        pytest.param(VAULT, TOKEN, VAULT.new_key(ANA), id="another key of the person"),
        pytest.param(VAULT, TOKEN, VAULT.new_key(BETO), id="another person's key"),
        pytest.param(VAULT, bytes(32), "its own", id="another token"),
        pytest.param(VaultKey(b"another of sixteen bytes"), TOKEN, "its own", id="another vault"),
    ],
)
def test_what_does_not_open(vault: VaultKey, token: bytes, key: bytes | str | None) -> None:
    own = VAULT.new_key(ANA)
    sealed = VAULT.seal("ana@example.com", TOKEN, person_id=ANA, key=own)
    with pytest.raises(LakeError) as error:
        vault.open(sealed, token, key=own if isinstance(key, str) else key)
    assert "ana@" not in str(error.value)


def test_a_value_cannot_be_given_to_somebody_else() -> None:
    key = VAULT.new_key(ANA)
    sealed = VAULT.seal("ana@example.com", TOKEN, person_id=ANA, key=key)
    with pytest.raises(LakeError):
        VAULT.open(holder_of(BETO) + sealed[16:], TOKEN, key=key)


def test_a_key_is_not_shown_and_goes_to_workers() -> None:
    sealed = VAULT.seal("x", TOKEN)
    assert "secret" not in repr(VAULT)
    assert pickle.loads(pickle.dumps(VAULT)).open(sealed, TOKEN) == "x"


def test_destinations_need_a_key() -> None:
    plain = {"identifiers": {"email": {"normalise": "email"}}}
    wanted = {"identifiers": {"email": {"normalise": "email", "destinations": {"meta": "sha256-hex"}}}}
    assert vault_key(Keys(), Identity.model_validate(plain)) is None
    with pytest.raises(ConfigError, match="destinations of email"):
        vault_key(Keys(), Identity.model_validate(wanted))


def test_of_several_spellings_the_least_is_sealed_however_they_come() -> None:
    email = Canon.of(IdentifierType(normalise="email", gmail=Gmail(dots="drop", plus="drop")))
    keys = TokenKeys(b"a key of tokens for tests", {"k1": b"a key of wraps for tests"}, "k1")
    shape = Shape("crm", ("email",), {"email": email.canonical}, {"email": 0}, {"ar": "AR", "us": "US"}, keys)
    sealing = Sealing(shape, {"email": email.spelling}, VAULT)
    rows = [("ar", "anab@gmail.com"), ("us", "a.nab@gmail.com"), ("us", "ana.b+x@gmail.com")]
    for size in (1, 2, 3):
        batches = pa.table(dict(zip(("site", "identifier_0"), map(list, zip(*rows, strict=True)), strict=True)))
        found = [row for batch in sealed(batches.to_batches(size), sealing) for row in batch.to_pylist()]
        spelled = [VAULT.open(row["value"], keys.unwrap(row["token"])) for row in found]
        assert len({row["token"] for row in found}) == 1
        assert min(spelled) == min(text for _, text in rows)
