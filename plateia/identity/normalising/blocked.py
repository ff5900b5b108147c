"""Values that stand in a column and name nobody."""

from __future__ import annotations

import re

_WORDS = frozenset(
    {
        "(null)", "-", "-1", "anonymous", "anon", "anonimo", "anônimo", "anónimo", "n/a", "nan", "nil", "none", "null",
        "test@test.com", "undefined", "unknown",
    }
)  # fmt: skip
# What people write for an address, and the domains that RFC 2606 reserves for examples.
_PLACEHOLDERS = frozenset(
    {
        "asd", "asdf", "correo", "ejemplo", "email", "exemplo", "example", "prueba", "pruebas", "qwerty", "test",
        "teste",
    }
)  # fmt: skip
_RESERVED = frozenset({"example.com", "example.net", "example.org"})
_ONLY_ZEROS = re.compile(r"[0\s.\-/()+]*")


def is_dummy(text: str) -> bool:
    """Whether a value is one of those that programs write where there is none, or nothing but zeros."""
    word = text.strip().casefold()
    return word in _WORDS or _ONLY_ZEROS.fullmatch(word) is not None


def is_dummy_email(address: str) -> bool:
    """Whether an address (in small letters) only looks like one: test@example.com, prueba1@prueba.com, aaa@aaa.com.

    A reserved domain alone is no reason: samples and anonymised copies of data tell their people apart by such
    addresses, by test1@example.com as well. Nor is a placeholder alone: test@gmail.com is a mailbox.
    """
    local, _, domain = address.rpartition("@")
    word, name = local.partition("+")[0], domain.partition(".")[0]
    if word in _PLACEHOLDERS and domain in _RESERVED:
        return True
    one_letter = local == name and len(set(local)) == 1
    return one_letter or (word.rstrip("0123456789") == name and name in _PLACEHOLDERS)
