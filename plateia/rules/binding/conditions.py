"""COND: operators are checked against the type they are used on, and their values are read as that type."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import re2

from plateia.catalogue import Attribute, Kind, ValueType
from plateia.config import KeyPath
from plateia.errors import did_you_mean, echo, one_of
from plateia.rules.binding.report import Report
from plateia.rules.binding.values import expectation, read_value
from plateia.rules.binding.windows import Usage, bind_window, has_window, window_among
from plateia.rules.grammar.conditions import Cond, Operators
from plateia.rules.tree import Condition, Op, Test, Value

LONG = ValueType("long")

_EQUALITY = ("eq", "ne", "in", "not_in")
_ORDER = ("lt", "lte", "gt", "gte", "between")
_TEXT = ("contains", "starts_with", "ends_with", "matches")
_ARRAY = ("any_of", "all_of", "none_of")
_NUMBER = (*_EQUALITY, *_ORDER, "missing")
ALLOWED: dict[Kind, tuple[str, ...]] = {
    "string": (*_EQUALITY, *_TEXT, "missing", "ignore_case"),
    "long": _NUMBER,
    "double": _NUMBER,
    "decimal": _NUMBER,
    "boolean": (*_EQUALITY, "missing"),
    "date": (*_NUMBER, "anniversary_in", "a window"),
    "timestamp": (*_NUMBER, "a window"),
    "array": (*_ARRAY, "size", "missing", "ignore_case"),
}
_HINTS = {
    "string": dict.fromkeys(
        _ORDER, "Text is not ordered here; declare a number or a date in the source to compare it so."
    ),
    "array": {"eq": "For an element, write any_of: [VALUE].", "in": "For elements, write any_of: [VALUES]."},
}
_SINGLE = ("eq", "ne", "lt", "lte", "gt", "gte", *_TEXT)
_SEVERAL = ("in", "not_in", *_ARRAY)
# Field of the model → operator, in the order of the language.
_OPS: dict[str, Op] = {
    "eq": "eq", "ne": "ne", "lt": "lt", "lte": "lte", "gt": "gt", "gte": "gte", "between": "between",
    "one_of": "in", "not_in": "not_in", "contains": "contains", "starts_with": "starts_with",
    "ends_with": "ends_with", "matches": "matches", "missing": "missing", "any_of": "any_of", "all_of": "all_of",
    "none_of": "none_of", "size": "size", "anniversary_in": "anniversary_in",
}  # fmt: skip
_RANKS = {name: rank for rank, name in enumerate(_OPS)}


@dataclass(frozen=True, slots=True)
class Subject:
    """What a condition is about: its words in messages, its type, and its closed set of values, if it has one."""

    words: str
    type: ValueType
    values: tuple[str, ...] | None = None

    @classmethod
    def of(cls, attribute: Attribute) -> Subject:
        return cls(attribute.name, attribute.type, attribute.values)


def bind_condition(form: Cond, subject: Subject, path: KeyPath, report: Report) -> Condition | None:
    """The tests that a condition means for its subject, or None where something was reported as a problem."""
    return _Binder(subject, path, report).bind(form)


class _Binder:
    """One condition on one subject."""

    def __init__(self, subject: Subject, path: KeyPath, report: Report) -> None:
        self._subject, self._path, self._report = subject, path, report
        self._kind = subject.type.kind
        self._allowed = ALLOWED[self._kind]
        self._ignores_case = False

    def bind(self, form: Cond) -> Condition | None:
        if isinstance(form, Operators):
            return self._operators(form)
        test = self._single("eq", form, self._path) if isinstance(form, str) else self._several("in", form, self._path)
        return Condition((test,)) if test else None

    def _operators(self, operators: Operators) -> Condition | None:
        fields = operators.model_fields_set
        self._ignores_case = operators.ignore_case is True
        written = sorted(fields & _OPS.keys(), key=_RANKS.__getitem__) if len(fields) > 1 else fields & _OPS.keys()
        tests = [self._test(name, getattr(operators, name)) for name in written]
        if has_window(operators):
            tests.append(self._window(operators))
        if not tests:
            self._report.refuse(self._path, "no operator", f"at least one of: {', '.join(self._allowed)}")
            return None
        if operators.ignore_case is not None and not self._takes_case(tests):
            return None
        sound = tuple(test for test in tests if test)
        return Condition(sound, operators.ignore_case is True) if len(sound) == len(tests) else None

    def _test(self, name: str, value: Any) -> Test | None:
        op: Op = _OPS[name]
        path = (*self._path, op)
        if op == "between":
            return self._between(value, path)
        if op in _SEVERAL:
            return self._several(op, value, path)
        if op in _SINGLE:
            return self._single(op, value, path)
        if not self._permits(op, path):
            return None
        if op == "missing":
            return Test(op, value)
        if op == "size":
            size = bind_condition(value, Subject(f"the size of {self._subject.words}", LONG), path, self._report)
            return Test(op, size) if size else None
        window = bind_window(value, path, self._report, "date")
        return Test(op, window) if window else None

    def _permits(self, op: str, path: KeyPath) -> bool:
        permitted = op in self._allowed
        if not permitted:
            got = f"{op} on {self._subject.words}, which is {self._subject.type}"
            hint = _HINTS.get(self._kind, {}).get(op)
            self._report.refuse(path, got, f"one of: {', '.join(self._allowed)}", hint)
        return permitted

    def _single(self, op: Op, text: str, path: KeyPath) -> Test | None:
        if not self._permits(op, path):
            return None
        if op == "matches" and (fault := pattern_fault(text)):
            self._report.refuse(path, echo(text), f"an RE2 expression ({fault})")
            return None
        value = self._read(text, path, listed=op in ("eq", "ne"))
        return None if value is None else Test(op, value)

    def _several(self, op: Op, texts: tuple[str, ...], path: KeyPath) -> Test | None:
        if not self._permits(op, path):
            return None
        values = [self._read(text, (*path, position), listed=True) for position, text in enumerate(texts)]
        sound = tuple(value for value in values if value is not None)
        return Test(op, sound) if len(sound) == len(values) else None

    def _between(self, texts: tuple[str, ...], path: KeyPath) -> Test | None:
        if not self._permits("between", path):
            return None
        values = [self._read(text, (*path, position), listed=False) for position, text in enumerate(texts)]
        if len(values) != len(("low", "high")):
            self._report.refuse(path, f"{len(texts)} values", "two values: [lowest, highest]")
            return None
        low, high = values
        if low is None or high is None:
            return None
        if is_after(low, high):
            self._report.refuse(path, f"{texts[0]} to {texts[1]}", "the lower bound first: nothing lies between these")
            return None
        return Test("between", (low, high))

    def _read(self, text: str, path: KeyPath, *, listed: bool) -> Value | None:
        """``listed``: the value is compared for equality, so that a closed set of values tells slips of the pen."""
        value = read_value(text, self._subject.type)
        if value is None:
            self._report.refuse(path, echo(text), f"{expectation(self._subject.type)} for {self._subject.words}")
        elif listed and self._subject.values is not None and not self._is_among(text, self._subject.values):
            values, words = self._subject.values, self._subject.words
            hint = did_you_mean(text, values)
            self._report.warn(path, f"{echo(text)}, which {words} never is", one_of(values), hint)
        return value

    def _is_among(self, text: str, values: tuple[str, ...]) -> bool:
        if self._ignores_case:
            return text.casefold() in {value.casefold() for value in values}
        return text in values

    def _window(self, operators: Operators) -> Test | None:
        if not self._permits("a window", self._path):
            return None
        usage: Usage = "date" if self._kind == "date" else "timestamp"
        window = window_among(operators, self._path, self._report, usage)
        return Test("window", window) if window else None

    def _takes_case(self, tests: list[Test | None]) -> bool:
        path = (*self._path, "ignore_case")
        if not self._permits("ignore_case", path):
            return False
        if all(test and test.op in ("missing", "size") for test in tests):
            self._report.refuse(path, "ignore_case without a text to compare", "an operator that compares text")
            return False
        return True


def is_after(low: Value, high: Value) -> bool:
    """Whether the bounds are the wrong way round, as far as that can be told.

    A local time and an instant with an offset cannot be compared before the site is known.
    """
    if isinstance(low, datetime) and isinstance(high, datetime) and (low.tzinfo is None) != (high.tzinfo is None):
        return False
    return bool(low > high)  # type: ignore[operator]  # both were read as the same ordered type


@lru_cache(maxsize=4096)
def pattern_fault(pattern: str) -> str | None:
    """What RE2 has against a pattern, or None."""
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except re2.error as error:
        return bytes(error.args[0]).decode("utf-8", "replace").partition(":")[0]
    return None
