"""Conditions on texts: few known texts are tried one by one, all others are told apart by equality alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

import re2

from plateia.rules.lint.claims import Claim
from plateia.rules.lint.values.sets import ANY_TEXT, Texts, ValueSet
from plateia.rules.tree import Test

FOLDED = "in any case"
_TRIALS: dict[str, Callable[[str, tuple[str, ...]], bool]] = {
    "eq": lambda text, values: text in values,
    "in": lambda text, values: text in values,
    "ne": lambda text, values: text not in values,
    "not_in": lambda text, values: text not in values,
    "contains": lambda text, values: values[0] in text,
    "starts_with": lambda text, values: text.startswith(values[0]),
    "ends_with": lambda text, values: text.endswith(values[0]),
}


def closed_claim(tests: Sequence[Test], values: Iterable[str], *, ignore_case: bool) -> Claim:
    """Of a text that is one of ``values`` or missing."""
    domain = frozenset(values)
    inside = frozenset(text for text in domain if passes(text, tests, ignore_case=ignore_case))
    return Claim({"": inside} if inside else None, {"": (domain - inside) | {None}})


def text_claim(tests: Sequence[Test], *, ignore_case: bool) -> Claim:
    """Of any text; with ``ignore_case`` the claim is about the folded text."""
    subject = FOLDED if ignore_case else ""
    few = [frozenset(_texts(test, ignore_case)) for test in tests if test.op in ("eq", "in")]
    tried = [test for test in tests if not (ignore_case and test.op == "matches")]  # a pattern sees the text as it is
    if few:
        candidates = frozenset.intersection(*few)
        found = frozenset(text for text in candidates if passes(text, tried, ignore_case=ignore_case))
        inside, is_exact = Texts(found), len(tried) == len(tests)
    else:
        left_out = [text for test in tests if test.op in ("ne", "not_in") for text in _texts(test, ignore_case)]
        inside = Texts(frozenset(left_out), listed=False)
        is_exact = all(test.op in ("ne", "not_in") for test in tests)
    if not inside:
        return Claim(None, {})
    left: dict[str, ValueSet] = {subject: inside}
    if ignore_case:
        left[""] = ANY_TEXT
    elif inside.listed:
        left[FOLDED] = Texts(frozenset(text.casefold() for text in inside.values))
    outside = Texts(inside.values, listed=not inside.listed, missing=True)
    return Claim(left, {subject: outside} if is_exact else {})


def passes(text: str, tests: Iterable[Test], *, ignore_case: bool) -> bool:
    """Whether a text passes every test."""
    mine = text.casefold() if ignore_case else text
    return all(
        _matches(text, str(test.value), ignore_case) if test.op == "matches" else _try(mine, test, ignore_case)
        for test in tests
    )


def _try(mine: str, test: Test, ignore_case: bool) -> bool:
    return _TRIALS[test.op](mine, _texts(test, ignore_case))


def _texts(test: Test, ignore_case: bool) -> tuple[str, ...]:
    values = test.value if isinstance(test.value, tuple) else (test.value,)
    return tuple(str(value).casefold() if ignore_case else str(value) for value in values)


def _matches(text: str, pattern: str, ignore_case: bool) -> bool:
    return _compiled(pattern, ignore_case).fullmatch(text) is not None


@lru_cache(maxsize=4096)
def _compiled(pattern: str, ignore_case: bool) -> Any:
    options = re2.Options()
    options.case_sensitive = not ignore_case
    options.log_errors = False
    return re2.compile(pattern, options=options)
