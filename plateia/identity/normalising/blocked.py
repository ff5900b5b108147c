"""Values that stand in a column and name nobody."""

from __future__ import annotations

import re

_WORDS = frozenset(
    {
        "(null)", "-", "-1", "anonymous", "anon", "anonimo", "anônimo", "anónimo", "n/a", "nan", "nil", "none", "null",
        "test@test.com", "undefined", "unknown",
    }
)  # fmt: skip
_ONLY_ZEROS = re.compile(r"[0\s.\-/()+]*")


def is_dummy(text: str) -> bool:
    """Whether a value is one of those that programs write where there is none, or nothing but zeros."""
    word = text.strip().casefold()
    return word in _WORDS or _ONLY_ZEROS.fullmatch(word) is not None
