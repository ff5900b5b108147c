"""Tokens of direct identifiers: keyed, stable, and refused without a key."""

from __future__ import annotations

import re

import pytest

from plateia.errors import ConfigError
from plateia.pii import key_of, token

KEY = b"0123456789abcdef"


def test_a_token_is_the_published_hmac() -> None:
    # RFC 4231, test case 2 (key "Jefe"): 5bdcc146 bf60754e 6a042426 089575c7 5a003f08 9d273983 9dec58b9 64ec3843.
    assert token("what do ya want for nothing?", b"Jefe") == "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param("ana@x.org", "ana@x.org", True, id="same value"),
        pytest.param("ana@x.org", "Ana@x.org", False, id="nothing is folded"),
        pytest.param("é", "e\N{COMBINING ACUTE ACCENT}", False, id="nothing is normalised"),
        pytest.param("", " ", False, id="empty text is a value"),
    ],
)
def test_tokens_join_like_their_values(one: str, other: str, same: bool) -> None:
    assert (token(one, KEY) == token(other, KEY)) is same
    assert token(one, KEY) != token(one, b"another-key-of-16")
    assert re.fullmatch(r"[\w-]{43}", token(one, KEY))


@pytest.mark.parametrize(
    ("variable", "environ", "words"),
    [
        pytest.param(None, {}, "keys: {pii: VARIABLE}", id="no variable named"),
        pytest.param("PII_KEY", {}, "PII_KEY, which is not set", id="not set"),
        pytest.param("PII_KEY", {"PII_KEY": "hunter2"}, "PII_KEY, which is too short", id="too short"),
    ],
)
def test_without_a_key_nothing_is_tokenised(variable: str | None, environ: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(words)) as refusal:
        key_of(variable, environ)
    assert refusal.value.exit_code == 2
    assert "hunter2" not in str(refusal.value)


def test_the_key_is_the_text_of_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PII_KEY", "0123456789abcdef")
    assert key_of("PII_KEY") == KEY
