"""Measures: what is computed over the matching events or rows, and the type of the values that it is compared with."""

from __future__ import annotations

from typing import Literal

from plateia.catalogue import ValueType
from plateia.config import KeyPath
from plateia.rules.binding.conditions import LONG, Subject, bind_condition
from plateia.rules.binding.filters import Row
from plateia.rules.binding.report import Report
from plateia.rules.binding.windows import bind_window
from plateia.rules.grammar.document import ValueMeasures
from plateia.rules.grammar.nodes import Measured, Measures
from plateia.rules.tree import Condition, Measure, Test

MeasureName = Literal["count", "sum", "avg", "min", "max", "distinct", "days", "first", "last"]
NAMES: tuple[MeasureName, ...] = ("count", "sum", "avg", "min", "max", "distinct", "days", "first", "last")
AT_LEAST_ONE = Measure("count", Condition((Test("gte", 1),)))

_SUM = ValueType("decimal", 38, 18)
_AVG = ValueType("double")
_WHOLE: dict[MeasureName, str] = {
    "count": "the count",
    "days": "the number of days",
    "distinct": "the number of values",
}


def bind_measure(form: Measures, row: Row, path: KeyPath, report: Report) -> Measure | None:
    """The one measure that a node states, ``count: {gte: 1}`` if none; None where something was reported."""
    name = _only(form, path, report)
    if name is None:
        return None if _written(form) else AT_LEAST_ONE
    below = (*path, name)
    if name == "first" or name == "last":
        form_of_window = getattr(form, name)
        window = bind_window(form_of_window, below, report)
        return Measure(name, window=window) if window else None
    stated = getattr(form, name)
    if not isinstance(stated, Measured):
        condition = bind_condition(stated, Subject(_WHOLE[name], LONG), below, report)
        return Measure(name, condition) if condition else None
    of_type = _measurable(name, stated.of, row, (*below, "of"), report)
    if of_type is None:
        return None
    subject = Subject(f"the {name} of {stated.of}", _result_type(name, of_type))
    condition = bind_condition(stated.condition, subject, (*below, "is"), report)
    return Measure(name, condition, stated.of, of_type) if condition else None


def bind_value(form: ValueMeasures, row: Row, path: KeyPath, report: Report) -> Measure | None:
    """The one measure whose value is used as it is, ``count`` if none; None where something was reported."""
    name = _only(form, path, report)
    if name is None:
        return None if _written(form) else Measure("count")
    of = getattr(getattr(form, name), "of", None)
    if of is None:
        return Measure(name)
    of_type = _measurable(name, of, row, (*path, name, "of"), report)
    return Measure(name, of=of, of_type=of_type) if of_type else None


def _written(form: Measures | ValueMeasures) -> list[MeasureName]:
    fields = form.model_fields_set
    return [name for name in NAMES if name in fields]


def _only(form: Measures | ValueMeasures, path: KeyPath, report: Report) -> MeasureName | None:
    written = _written(form)
    if len(written) > 1:
        report.refuse(path, f"the measures {' and '.join(written)}", "at most one measure", "Write one node for each.")
    return written[0] if len(written) == 1 else None


def _measurable(name: MeasureName, of: str, row: Row, path: KeyPath, report: Report) -> ValueType | None:
    """The type of a property that the measure can be taken of."""
    attribute = row.attribute(of, path, report)
    if attribute is None:
        return None
    kind = attribute.type
    if name in ("sum", "avg"):
        fits, expected = kind.is_number, "a number"
    elif name in ("min", "max"):
        fits, expected = kind.is_ordered, "a number, a date or a timestamp"
    else:
        fits, expected = kind.kind != "array", "anything but an array"
    if not fits:
        report.refuse(path, f"{name} of {of}, which is {kind}", f"a property that is {expected}")
    return kind if fits else None


def _result_type(name: MeasureName, of_type: ValueType) -> ValueType:
    return {"sum": _SUM, "avg": _AVG, "distinct": LONG}.get(name, of_type)
