"""Sequences: steps that can never happen, and times that cannot all be kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plateia.rules.canonical import canonical_text
from plateia.rules.lint.claims import NEVER, Claim, both
from plateia.rules.lint.leaves.subjects import whole
from plateia.rules.lint.leaves.windows import is_empty, longest
from plateia.rules.lint.values.times import length
from plateia.rules.tree import SequenceNode, Step

if TYPE_CHECKING:
    from plateia.rules.lint.leaves.reader import LeafReader


def sequence_claim(leaf: SequenceNode, reader: LeafReader) -> Claim:
    """A chain of events: each of its positive steps has happened, in the window."""
    if reader.is_future(leaf.window) or is_empty(leaf.window) or is_too_long(leaf):
        return NEVER
    if any(shares_nothing(leaf, step, reader) for step in leaf.steps if not step.negated):
        return NEVER
    happened = [reader.events(step.event, step.where, leaf.window).exist for step in leaf.steps if not step.negated]
    if_true = both(happened)
    return NEVER if if_true is None else whole(canonical_text(leaf), Claim(if_true, {}))


def is_too_long(leaf: SequenceNode) -> bool:
    """Whether the least times between the steps do not fit into ``within``, the window or the greatest times."""
    positive = [step for step in leaf.steps if not step.negated]
    least = sum(length(step.after_min) for step in positive[1:] if step.after_min)
    within = length(leaf.within) if leaf.within else float("inf")
    crossed = any(
        length(step.after_min) > length(step.after_max) for step in positive[1:] if step.after_min and step.after_max
    )
    return crossed or least > within or (least > 0 and least >= longest(leaf.window))


def shares_nothing(leaf: SequenceNode, step: Step, reader: LeafReader) -> bool:
    """Whether ``same`` asks for a value that the two properties never have in common."""
    named = {other.name: other for other in leaf.steps if other.name}
    for binding in step.same:
        mine = reader.properties(step.event).get(binding.property)
        theirs = reader.properties(named[binding.step].event).get(binding.step_property)
        closed = [attribute.values for attribute in (mine, theirs) if attribute and attribute.values is not None]
        if len(closed) == len(("mine", "theirs")) and set(closed[0]).isdisjoint(closed[1]):
            return True
    return False
