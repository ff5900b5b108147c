"""One form for rules that mean the same: what audiences share is found by comparing canonical nodes.

Order, repetition and nesting that change nothing go away; nothing is multiplied out (no normal form of and and or),
so a canonical rule is never larger than the rule as written.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Literal, NamedTuple

from plateia.rules.canonical.leaves import (
    canonical_condition,
    canonical_duration,
    canonical_filter,
    canonical_measure,
    canonical_window,
)
from plateia.rules.tree import (
    AudienceNode,
    Binding,
    EventNode,
    Group,
    Hop,
    ListNode,
    Node,
    NOf,
    RelatedNode,
    ScoreNode,
    SequenceNode,
    Step,
    TraitNode,
)

_REMEMBERED_LEAVES = 65_536


def canonical(node: Node) -> Node:
    """The canonical form of a rule: equal for rules that state the same in another order or layout.

    Equal results mean equal rules; unequal ones may still mean the same.
    """
    return _keyed(node).node


def canonical_text(node: Node) -> str:
    """The text of the canonical form, the same in every process: equal where ``canonical`` is."""
    return _keyed(node).text


class _Keyed(NamedTuple):
    """A canonical node and the text that it is sorted and told apart by; unlike a hash the same in every process."""

    text: str
    node: Node


def _keyed(node: Node) -> _Keyed:
    match node:
        case Group(op="xor"):
            # A repeated child counts again here: two true ones are not exactly one.
            children = sorted((_keyed(child) for child in node.children), key=_text)
            return children[0] if len(children) == 1 else _group("xor", children)
        case Group(op="none"):
            return _none([_keyed(child) for child in node.children])
        case Group(op=("all" | "any") as op):
            return _joined(op, [_keyed(child) for child in node.children])
        case NOf():
            return _n_of(node.n, [_keyed(child) for child in node.children])
    return _leaf(node)


def _text(keyed: _Keyed) -> str:
    return keyed.text


def _joined(op: Literal["all", "any"], children: list[_Keyed]) -> _Keyed:
    flat = _distinct(op, children)
    return flat[0] if len(flat) == 1 else _group(op, flat)


def _none(children: list[_Keyed]) -> _Keyed:
    """None of some is none of any of them; not none of them is any of them."""
    flat = _distinct("any", children)
    first = flat[0].node
    if len(flat) == 1 and isinstance(first, Group) and first.op == "none":
        return _joined("any", [_keyed(child) for child in first.children])
    return _group("none", flat)


def _n_of(n: int, children: list[_Keyed]) -> _Keyed:
    if n == 1:
        return _joined("any", children)
    if n == len(children):
        return _joined("all", children)
    ordered = sorted(children, key=_text)
    text = f"{n} of({','.join(child.text for child in ordered)})"
    return _Keyed(text, NOf(n, tuple(child.node for child in ordered)))


def _group(op: Literal["all", "any", "none", "xor"], children: list[_Keyed]) -> _Keyed:
    text = f"{op}({','.join(child.text for child in children)})"
    return _Keyed(text, Group(op, tuple(child.node for child in children)))


def _distinct(op: Literal["all", "any"], children: list[_Keyed]) -> list[_Keyed]:
    """The children, those of children of the same kind among them, each once and sorted."""
    flat: dict[str, _Keyed] = {}
    for child in children:
        inner = child.node
        if isinstance(inner, Group) and inner.op == op:
            flat |= {keyed.text: keyed for keyed in map(_keyed, inner.children)}
        else:
            flat[child.text] = child
    return [flat[text] for text in sorted(flat)]


@lru_cache(_REMEMBERED_LEAVES)
def _leaf(node: Node) -> _Keyed:
    leaf = _canonical_leaf(node)
    return _Keyed(repr(leaf), leaf)


def _canonical_leaf(node: Node) -> Node:
    match node:
        case TraitNode():
            return replace(node, condition=canonical_condition(node.condition))
        case EventNode():
            measure = canonical_measure(node.measure)
            where = node.where and canonical_filter(node.where)
            return EventNode(node.event, measure, where, node.window and canonical_window(node.window))
        case SequenceNode():
            within = node.within and canonical_duration(node.within)
            return SequenceNode(_steps(node.steps), within, node.window and canonical_window(node.window))
        case AudienceNode():
            return AudienceNode(node.audience, node.entered and canonical_window(node.entered))
        case ScoreNode():
            top = None if node.top is None else node.top.normalize()
            return ScoreNode(node.score, node.condition and canonical_condition(node.condition), top)
        case RelatedNode():
            hops = tuple(Hop(hop.relation, hop.where and canonical_filter(hop.where)) for hop in node.hops)
            every = node.every and canonical_filter(node.every)
            return RelatedNode(hops, node.measure and canonical_measure(node.measure), every)
        case ListNode() | Group() | NOf():
            return node


def _steps(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Names are the author's: those that are used become numbers, the others go."""
    used = {binding.step for step in steps for binding in step.same}
    names = {step.name: str(position) for position, step in enumerate(steps) if step.name and step.name in used}
    return tuple(
        replace(
            step,
            where=step.where and canonical_filter(step.where),
            name=names.get(step.name or ""),
            same=tuple(sorted((_renamed(binding, names) for binding in step.same), key=repr)),
            after_min=step.after_min and canonical_duration(step.after_min),
            after_max=step.after_max and canonical_duration(step.after_max),
            quiet_for=step.quiet_for and canonical_duration(step.quiet_for),
        )
        for step in steps
    )


def _renamed(binding: Binding, names: dict[str, str]) -> Binding:
    return replace(binding, step=names[binding.step])
