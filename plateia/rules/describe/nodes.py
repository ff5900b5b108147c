"""Nodes in plain English, one short line each: what a person reads when they ask why."""

from __future__ import annotations

from pathlib import PurePath

from plateia.rules.describe.conditions import amount, duration_text, filter_text, passed, tests_text, when
from plateia.rules.tree import (
    AudienceNode,
    EventNode,
    Group,
    ListNode,
    Measure,
    Node,
    NOf,
    RelatedNode,
    ScoreNode,
    SequenceNode,
    Step,
    TraitNode,
)


def describe(node: Node) -> str:
    """One line that says what makes the node true; the children of a group are counted, not told."""
    match node:
        case Group():
            return _group(node)
        case NOf():
            return f"at least {node.n} of {len(node.children)} hold"
        case TraitNode():
            return f"{node.trait} {tests_text(node.condition)}"
        case EventNode():
            return _event(node)
        case SequenceNode():
            return _sequence(node)
        case AudienceNode():
            entered = f"entered the audience {node.audience}{when(node.entered)}"
            return entered if node.entered else f"member of the audience {node.audience}"
        case ListNode():
            return f"in the list {PurePath(node.file).name}"
        case ScoreNode():
            if node.top is not None:
                return f"in the top {(node.top * 100).normalize():f}% by the score {node.score}"
            return f"score {node.score}" + (f" {tests_text(node.condition)}" if node.condition else "")
        case RelatedNode():
            return _related(node)


def rank_text(node: TraitNode | ScoreNode | EventNode) -> str:
    """What people are ranked by."""
    match node:
        case TraitNode():
            return node.trait
        case ScoreNode():
            return f"the score {node.score}"
        case EventNode():
            where = f" where {filter_text(node.where)}" if node.where else ""
            measure = f"{node.measure.kind}" if node.measure.of is None else _measure(node.measure)
            return f"{measure} of {node.event}{where}{when(node.window)}"


def _group(node: Group) -> str:
    count = len(node.children)
    match node.op:
        case "all":
            return f"all of {count} hold"
        case "any":
            return f"at least 1 of {count} holds"
        case "none":
            return f"none of {count} holds"
        case "xor":
            return f"exactly 1 of {count} holds"


def _event(node: EventNode) -> str:
    where = f" where {filter_text(node.where)}" if node.where else ""
    measure = node.measure
    if measure.kind in ("first", "last"):
        return f"the {measure.kind} {node.event} ever{where}{when(measure.window)}"
    if measure.kind == "count":
        return f"{node.event}{where}: {amount(measure.condition)}{when(node.window)}"
    return f"{_measure(measure)} of {node.event}{where}{when(node.window)}{passed(measure.condition)}"


def _measure(measure: Measure) -> str:
    if measure.kind == "days":
        return "days"
    return f"distinct {measure.of}" if measure.kind == "distinct" else f"{measure.kind} of {measure.of}"


def _sequence(node: SequenceNode) -> str:
    steps = ", then ".join(_step(step) for step in node.steps)
    within = f", all within {duration_text(node.within)}" if node.within else ""
    return f"{steps}{within}{when(node.window)}"


def _step(step: Step) -> str:
    parts = [f"no {step.event}" if step.negated else step.event]
    if step.where:
        parts.append(f"where {filter_text(step.where)}")
    parts += [f"with the {binding.property} of {binding.step}.{binding.step_property}" for binding in step.same]
    if step.after_min:
        parts.append(f"at least {duration_text(step.after_min)} later")
    if step.after_max:
        parts.append(f"at most {duration_text(step.after_max)} later")
    if step.quiet_for:
        parts.append(f"for {duration_text(step.quiet_for)}")
    return " ".join(parts)


def _related(node: RelatedNode) -> str:
    hops = " → ".join(
        f"{hop.relation} where {filter_text(hop.where)}" if hop.where else hop.relation for hop in node.hops
    )
    if node.every:
        return f"{hops}: every row has {filter_text(node.every)}"
    if node.measure is None or node.measure.kind == "count":
        return f"{hops}: {amount(node.measure.condition if node.measure else None)}"
    return f"{_measure(node.measure)} of {hops}{passed(node.measure.condition)}"
