"""Leaves and filters of which it is clear at a glance that some meet them and some do not, for all that is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from plateia.catalogue import Attribute, Catalogue
from plateia.rules.tree import (
    AudienceNode,
    Condition,
    Dates,
    EventNode,
    Filter,
    FilterGroup,
    ListNode,
    Measure,
    Node,
    PropertyTest,
    TraitNode,
    Window,
)

_RARE = ("between", "missing")  # and worth a closer look


def is_plain_leaf(leaf: Node, catalogue: Catalogue, today: date) -> bool:
    """Whether there is nothing to be said about a leaf alone."""
    match leaf:
        case TraitNode():
            return _is_plain_condition(leaf.condition, catalogue.traits.get(leaf.trait))
        case EventNode():
            found = catalogue.events.get(leaf.event)
            return (
                _has_begun(leaf.window, today)
                and _is_plain_measure(leaf.measure)
                and is_plain_filter(leaf.where, found.properties if found else {})
            )
        case AudienceNode():
            return _has_begun(leaf.entered, today)
        case ListNode():
            return True
    return False  # sequences, scores and relations are few


def _is_plain_measure(measure: Measure) -> bool:
    if measure.kind in ("first", "last"):
        return not isinstance(measure.window, Dates)
    if measure.condition is None:
        return True
    if len(measure.condition.tests) != 1:
        return False
    (test,) = measure.condition.tests
    if measure.kind == "count":
        return isinstance(test.value, int) and test.op in ("eq", "gt", "gte") and test.value > 0
    return measure.kind in ("sum", "avg") and test.op in ("gt", "gte")


def is_plain_filter(where: Filter | None, attributes: Mapping[str, Attribute]) -> bool:
    """Whether some rows pass a filter and some do not, for all that is known."""
    if where is None:
        return True
    if isinstance(where, PropertyTest):
        return _is_plain_condition(where.condition, attributes.get(where.property))
    names = list(_properties(where))
    return len(set(names)) == len(names) and all(is_plain_filter(item, attributes) for item in where.items)


def _properties(where: Filter) -> Iterator[str]:
    if isinstance(where, FilterGroup):
        for item in where.items:
            yield from _properties(item)
    else:
        yield where.property


def _is_plain_condition(condition: Condition, attribute: Attribute | None) -> bool:
    if len(condition.tests) != 1:
        return False
    (test,) = condition.tests
    values = test.value if isinstance(test.value, tuple) else (test.value,)
    if attribute is None or attribute.values is None:
        return test.op not in _RARE and not isinstance(values[0], Condition | Dates | bool)
    return test.op in ("eq", "in") and any(value in attribute.values for value in values)


def _has_begun(window: Window | None, today: date) -> bool:
    if not isinstance(window, Dates):
        return True
    return window.since is None or (window.since <= today and (window.until is None or window.since < window.until))
