"""Conditions on arrays of texts: what they hold, element by element, and their size."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from plateia.rules.lint.claims import Claim, both
from plateia.rules.lint.values.numbers import number_claim, scaled
from plateia.rules.lint.values.sets import NO, WHOLE, YES, Spans, ValueSet
from plateia.rules.tree import Condition, Test

SIZE = "size"
_LACKS = frozenset({False, None})
_SIZES = Spans(WHOLE.intervals, missing=True)


def array_claim(tests: Sequence[Test], closed: Iterable[str] | None, *, ignore_case: bool) -> Claim:
    """Of an array; with ``closed``, all that its elements may be."""
    known = None if closed is None else {_fold(text, ignore_case) for text in closed}
    parts: list[Claim] = []
    for test in tests:
        if isinstance(test.value, Condition):
            parts.append(_size_claim(test.value))
        elif isinstance(test.value, tuple):
            asked = frozenset(_fold(str(value), ignore_case) for value in test.value)
            parts.append(_elements_claim(test.op, asked, known, ignore_case))
    if_true = both([*(part.if_true for part in parts), {"": YES}, *_any_of_left(tests, ignore_case)])
    return Claim(if_true, parts[0].if_false if len(parts) == 1 else {})


def _size_claim(condition: Condition) -> Claim:
    tests = [test for test in condition.tests if test.op != "missing"]
    never = any(test.op == "missing" and test.value for test in condition.tests)
    return Claim(None, {}) if never else number_claim(tests, scaled(0), _SIZES, subject=SIZE)


def _elements_claim(op: str, asked: frozenset[str], known: set[str] | None, ignore_case: bool) -> Claim:
    possible = asked if known is None else asked & known
    subjects = {text: _holds(text, ignore_case) for text in asked}
    if op == "none_of":
        left: dict[str, ValueSet] = dict.fromkeys(subjects.values(), NO)
        (one, *more) = subjects.values()
        return Claim(left, {} if more else {one: frozenset({True, None})})
    if not possible or (op == "all_of" and len(possible) < len(asked)):
        return Claim(None, {})
    at_least = Spans(((len(asked) if op == "all_of" else 1, float("inf")),))
    if op == "all_of" or len(possible) == 1:
        held = dict.fromkeys((subjects[text] for text in possible), YES)
        single = dict.fromkeys(held, _LACKS) if len(held) == 1 else {}
        return Claim({**held, SIZE: at_least}, single)
    return Claim({SIZE: at_least}, dict.fromkeys(subjects.values(), _LACKS))


def _any_of_left(tests: Sequence[Test], ignore_case: bool) -> list[dict[str, ValueSet] | None]:
    """None where every element that would do is one that must not be held."""
    texts = {
        test.op: {_fold(str(v), ignore_case) for v in test.value} for test in tests if isinstance(test.value, tuple)
    }
    return [None] if "any_of" in texts and texts["any_of"] <= texts.get("none_of", set()) else []


def _holds(text: str, ignore_case: bool) -> str:
    return f"holds {text!r} in any case" if ignore_case else f"holds {text!r}"


def _fold(text: str, ignore_case: bool) -> str:
    return text.casefold() if ignore_case else text
