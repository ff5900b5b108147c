"""Measures over rows: what a count, a sum or an extreme may be, and what it says about there being rows at all."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import cast

from plateia.catalogue import Attribute, ValueType
from plateia.rules.axis import Axis
from plateia.rules.lint.claims import ALWAYS, NEVER, Claim, all_of, both
from plateia.rules.lint.leaves.rows import EVER, Rows
from plateia.rules.lint.leaves.subjects import claim_on
from plateia.rules.lint.values.conditions import condition_claim
from plateia.rules.lint.values.numbers import below, number_claim, scaled, sum_axis
from plateia.rules.lint.values.sets import ANY_NUMBER, AT_LEAST_ONE, Spans
from plateia.rules.lint.values.times import FROM_NOW, window_of_instants
from plateia.rules.tree import Condition, Measure, Test, Window

_AT_LEAST_ONCE = Condition((Test("gte", 1),))
_ZERO = Spans(((0, 0),))
_AVG = ValueType("double")


def measured_claim(measure: Measure, rows: Rows, attributes: Mapping[str, Attribute], text: Callable[[], str]) -> Claim:
    """What a measure and its condition claim; ``text`` tells the whole leaf."""
    condition = measure.condition or _AT_LEAST_ONCE
    match measure.kind:
        case "first" | "last":
            claim = _placed(cast(Window, measure.window), rows)
            needs_rows = True
        case "count" | "days" | "distinct" | "sum":
            axis, domain = _total(measure, rows, attributes)
            claim = number_claim(condition.tests, axis, _ZERO if rows.are_none else domain)
            needs_rows = _lacks(claim, _ZERO)
        case "avg" | "min" | "max":
            claim = _or_missing(condition, _AVG if measure.kind == "avg" else cast(ValueType, measure.of_type), rows)
            needs_rows = _lacks(claim, Spans((), missing=True))
    claim = claim_on(rows.subject(f"{measure.kind} of {measure.of}" if measure.of else measure.kind), claim, text)
    return Claim(both([claim.if_true, rows.exist]), claim.if_false) if needs_rows and not claim.is_decided else claim


def has_happened(event: str, claim: Claim) -> bool:
    """Whether everyone of whom a claim is true has had an event of the type."""
    return is_positive(claim, Rows(event, EVER).subject("count"))


def is_positive(claim: Claim, count: str) -> bool:
    """Whether a count is above 0 for everyone of whom a claim is true."""
    found = (claim.if_true or {}).get(count)
    return found is not None and not found & _ZERO


def zero_among(measure: Measure, rows: Rows, attributes: Mapping[str, Attribute]) -> bool:
    """Whether 0 meets the condition of a count, sum, distinct or days, and something above 0 does, too."""
    axis, domain = _total(measure, rows, attributes)
    tests = (measure.condition or _AT_LEAST_ONCE).tests
    zero = number_claim(tests, axis, _ZERO)
    more = number_claim(tests, axis, domain & Spans(AT_LEAST_ONE.intervals))
    return not zero.is_never and not more.is_never


def _total(measure: Measure, rows: Rows, attributes: Mapping[str, Attribute]) -> tuple[Axis, Spans]:
    """The axis of a measure that is 0 where there is nothing, and all that it may be."""
    if measure.kind == "sum":
        return sum_axis(cast(ValueType, measure.of_type)), ANY_NUMBER
    most = rows.most_days if measure.kind == "days" else math.inf
    if measure.kind == "distinct":
        of = attributes.get(measure.of or "")
        most = len(of.values) if of is not None and of.values is not None else most
        most = 2 if measure.of_type == ValueType("boolean") else most
    return scaled(0), Spans(((0, most),))


def _or_missing(condition: Condition, value_type: ValueType, rows: Rows) -> Claim:
    """A measure that is missing where there is nothing."""
    if not rows.are_none:
        return condition_claim(condition, value_type)
    met = all(test.op == "missing" and test.value for test in condition.tests)
    return ALWAYS if met else NEVER


def _placed(window: Window, rows: Rows) -> Claim:
    """The first or last row, which lies before now, lies in a window."""
    claim = all_of([window_of_instants(window), Claim({FROM_NOW: Spans(below(-1))}, None)])
    return NEVER if rows.are_none else claim


def _lacks(claim: Claim, values: Spans) -> bool:
    """Whether none of the values meets the condition."""
    found = None if claim.if_true is None else claim.if_true.get("")
    return isinstance(found, Spans) and not found & values
