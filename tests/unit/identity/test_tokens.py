"""Tokens: what they are made of, and that a wrapping key can be replaced."""

from __future__ import annotations

import hashlib
import hmac
import pickle
from dataclasses import replace

import pytest

from plateia.errors import LakeError
from plateia.identity.tokens import TokenKeys

ONE = TokenKeys(b"a token key", {"k1": b"first", "k2": b"second"}, "k1")
TWO = replace(ONE, current="k2")


def test_the_inner_token_is_an_hmac_of_type_and_value() -> None:
    expected = hmac.new(b"a token key", b"email\0ana@example.com", hashlib.sha256).digest()
    assert ONE.inner("email", "ana@example.com", "us") == expected


def test_type_and_value_do_not_run_together() -> None:
    assert ONE.inner("email", "x", "us") != ONE.inner("emai", "lx", "us")


def test_a_site_is_part_of_it_only_where_the_scope_is_one() -> None:
    by_site = replace(ONE, by_site=True)
    assert ONE.inner("account", "7", "us") == ONE.inner("account", "7", "br")
    assert by_site.inner("account", "7", "us") != by_site.inner("account", "7", "br")


def test_equal_tokens_are_equal_bytes_under_one_key_and_join_after_a_rotation() -> None:
    inner = ONE.inner("account", "7", "us")
    assert ONE.wrap(inner) == ONE.wrap(inner)
    assert ONE.wrap(inner) != TWO.wrap(inner)
    assert TWO.rewrap(ONE.wrap(inner)) == TWO.wrap(inner)
    assert TWO.unwrap(ONE.wrap(inner)) == ONE.unwrap(TWO.wrap(inner)) == inner


def test_the_inner_token_is_not_in_what_is_stored() -> None:
    inner = ONE.inner("account", "7", "us")
    assert inner not in ONE.wrap(inner)
    assert ONE.wrap(inner).startswith(b"k1:")


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        pytest.param(TokenKeys(b"a token key", {"k2": b"second"}, "k2"), "does not name", id="no such key"),
        pytest.param(TokenKeys(b"a token key", {"k1": b"other"}, "k1"), "does not open", id="another key of its id"),
    ],
)
def test_a_key_that_does_not_open_a_token_is_named(keys: TokenKeys, words: str) -> None:
    with pytest.raises(LakeError, match=words):
        keys.unwrap(ONE.wrap(ONE.inner("account", "7", "us")))


def test_no_key_is_shown_and_workers_are_handed_them() -> None:
    ONE.wrap(bytes(32))  # its ciphers are made
    assert "first" not in repr(ONE)
    assert pickle.loads(pickle.dumps(ONE)).wrap(bytes(32)) == ONE.wrap(bytes(32))
