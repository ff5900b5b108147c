"""The names and values that a rule is made of, whatever their order and layout: equal rules have equal atoms.

Cheap to take where the canonical form is not; atoms that differ tell rules apart, equal ones say nothing yet.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import cast

from plateia.rules.tree import (
    Ago,
    AudienceNode,
    Condition,
    Dates,
    Days,
    EventNode,
    Filter,
    Last,
    ListNode,
    Measure,
    Next,
    Node,
    Previous,
    PropertyTest,
    RelatedNode,
    ScoreNode,
    SequenceNode,
    Step,
    This,
    TraitNode,
    Window,
    walk,
)

Atoms = frozenset[Hashable]


def atoms(rule: Node) -> Atoms:
    """The atoms of a rule."""
    found: set[Hashable] = set()
    for node in walk(rule):
        _add_leaf(node, found)
    return frozenset(found)


def filter_atoms(where: Filter | None) -> Atoms | None:
    """The atoms of a filter; None without one."""
    if where is None:
        return None
    found: set[Hashable] = set()
    _add_filter(where, found)
    return frozenset(found)


def window_atom(window: Window | None) -> Hashable | None:
    """A window whatever its units; None without one."""
    match window:
        case None:
            return None
        case Last(duration):
            return "last", duration.delta
        case Ago(start, end):
            return "ago", start.delta, end.delta
        case Days(days):
            return "days", days
        case Previous("day"):
            return "days", 1
        case Previous(unit):
            return "previous", unit
        case This(unit):
            return "this", unit
        case Dates(since, until):
            return "dates", since, until
        case Next(duration):
            return "next", duration.delta


def _add_leaf(node: Node, found: set[Hashable]) -> None:
    match node:
        case TraitNode():
            found.add(node.trait)
            _add_condition(node.condition, found)
        case EventNode():
            found.update((node.event, window_atom(node.window)))
            _add_measure(node.measure, found)
            _add_filter(node.where, found)
        case SequenceNode():
            found.update((node.within and node.within.delta, window_atom(node.window)))
            for step in node.steps:
                _add_step(step, found)
        case AudienceNode():
            found.update((node.audience, window_atom(node.entered)))
        case ListNode():
            found.add(node.file)
        case ScoreNode():
            found.update((node.score, node.top))
            _add_condition(node.condition, found)
        case RelatedNode():
            for hop in node.hops:
                found.add(hop.relation)
                _add_filter(hop.where, found)
            _add_measure(node.measure, found)
            _add_filter(node.every, found)


def _add_step(step: Step, found: set[Hashable]) -> None:
    found.add(step.event)
    _add_filter(step.where, found)
    found.update((binding.property, binding.step_property) for binding in step.same)
    found.update(time.delta for time in (step.after_min, step.after_max, step.quiet_for) if time)


def _add_measure(measure: Measure | None, found: set[Hashable]) -> None:
    if measure is not None:
        found.update((measure.kind, measure.of, window_atom(measure.window)))
        _add_condition(measure.condition, found)


def _add_filter(where: Filter | None, found: set[Hashable]) -> None:
    if isinstance(where, PropertyTest):
        found.add(where.property)
        _add_condition(where.condition, found)
    elif where is not None:
        for item in where.items:
            _add_filter(item, found)


def _add_condition(condition: Condition | None, found: set[Hashable]) -> None:
    for test in condition.tests if condition else ():
        value = test.value
        if isinstance(value, tuple):
            found.update(value)
        elif isinstance(value, Condition):
            _add_condition(value, found)
        elif test.op in ("window", "anniversary_in"):
            found.add(window_atom(cast(Window, value)))
        elif test.op != "missing":  # `missing: false` beside another test says nothing
            found.add(value)
