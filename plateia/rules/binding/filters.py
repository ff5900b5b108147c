"""FILTER: conditions on the properties of an event, of a relation's row or of a source's row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from plateia.catalogue import Attribute
from plateia.config import KeyPath
from plateia.rules.binding.conditions import Subject, bind_condition
from plateia.rules.binding.report import Report
from plateia.rules.grammar.conditions import AllFilters, AnyFilter, Cond, FilterForm, NoFilter
from plateia.rules.tree import Filter, FilterGroup, PropertyTest


@dataclass(frozen=True, slots=True)
class Row:
    """What a filter looks at: its words in messages (``property of the event purchase``) and its attributes."""

    words: str
    attributes: Mapping[str, Attribute]

    def attribute(self, name: str, path: KeyPath, report: Report) -> Attribute | None:
        """The attribute of a name, or None where that was reported as unknown."""
        found = self.attributes.get(name)
        if found is None:
            report.unknown(path, self.words, name, self.attributes)
        return found


def bind_filter(form: FilterForm, row: Row, path: KeyPath, report: Report) -> Filter | None:
    """The filter that a form means for a row, or None where something was reported as a problem."""
    match form:
        case AnyFilter():
            return _group("any", form.any, row, path, report)
        case AllFilters():
            return _group("all", form.all, row, path, report)
        case NoFilter():
            return _group("none", form.none, row, path, report)
    tests = [_property_test(name, cond, row, (*path, name), report) for name, cond in form.items()]
    sound = tuple(test for test in tests if test)
    if len(sound) < len(tests):
        return None
    return sound[0] if len(sound) == 1 else FilterGroup("all", sound)


def _group(
    op: Literal["any", "all", "none"], forms: tuple[FilterForm, ...], row: Row, path: KeyPath, report: Report
) -> Filter | None:
    items = [bind_filter(form, row, (*path, op, position), report) for position, form in enumerate(forms)]
    sound = tuple(item for item in items if item)
    return FilterGroup(op, sound) if len(sound) == len(items) else None


def _property_test(name: str, cond: Cond, row: Row, path: KeyPath, report: Report) -> PropertyTest | None:
    attribute = row.attribute(name, path, report)
    if attribute is None:
        return None
    condition = bind_condition(cond, Subject.of(attribute), path, report)
    return PropertyTest(name, attribute.type, condition) if condition else None
