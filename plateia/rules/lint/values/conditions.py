"""A condition of any type becomes a claim about the value that it is made on."""

from __future__ import annotations

from plateia.catalogue import ValueType
from plateia.rules.lint.claims import UNKNOWN, Claim
from plateia.rules.lint.values.arrays import array_claim
from plateia.rules.lint.values.numbers import axis_of, boolean_claim, number_claim
from plateia.rules.lint.values.sets import ANY_NUMBER, ANY_TEXT, YES, Spans, Texts, ValueSet
from plateia.rules.lint.values.texts import closed_claim, text_claim
from plateia.rules.lint.values.times import date_claim, instant_claim
from plateia.rules.tree import Condition

_MOST_TRIED = 1_000  # of a closed set's values; a larger set is treated as an open one


def condition_claim(condition: Condition, value_type: ValueType, closed: tuple[str, ...] | None = None) -> Claim:
    """What a condition leaves of a value; the subject is the empty text, or an aspect of the value.

    Args:
        condition: The condition.
        value_type: Of the value.
        closed: All that a text, or an element of an array, may be; None where that is open.
    """
    wanted = {test.value for test in condition.tests if test.op == "missing"}
    tests = [test for test in condition.tests if test.op != "missing"]
    domain = closed if closed is not None and len(closed) <= _MOST_TRIED else None
    if True in wanted and (tests or False in wanted):
        return Claim(None, {})
    if not tests:
        absent, present = _missing(value_type, domain), _present(value_type, domain)
        return Claim({"": absent}, {"": present}) if True in wanted else Claim({"": present}, {"": absent})
    match value_type.kind:
        case "string" if domain is not None:
            return closed_claim(tests, domain, ignore_case=condition.ignore_case)
        case "string":
            return text_claim(tests, ignore_case=condition.ignore_case)
        case "array":
            return array_claim(tests, domain, ignore_case=condition.ignore_case)
        case "boolean":
            return boolean_claim(tests)
        case "date":
            return date_claim(tests)
        case "timestamp":
            return instant_claim(tests)
        case "long" | "double" | "decimal":
            return number_claim(tests, axis_of(value_type), Spans(ANY_NUMBER.intervals, missing=True))
    return UNKNOWN


def _missing(value_type: ValueType, domain: tuple[str, ...] | None) -> ValueSet:
    if value_type.kind in ("array", "boolean") or (value_type.kind == "string" and domain is not None):
        return frozenset({None})
    return Texts(frozenset(), missing=True) if value_type.kind == "string" else Spans((), missing=True)


def _present(value_type: ValueType, domain: tuple[str, ...] | None) -> ValueSet:
    if value_type.kind == "boolean":
        return frozenset({False, True})
    if value_type.kind == "array":
        return YES
    if value_type.kind == "string":
        return ANY_TEXT if domain is None else frozenset(domain)
    return ANY_NUMBER
