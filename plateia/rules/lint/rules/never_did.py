"""Comparisons that let in people who never did it, as a count of nothing is 0."""

from __future__ import annotations

from collections.abc import Iterator

from plateia.config import KeyPath
from plateia.rules.lint.claims import Claim
from plateia.rules.lint.findings import Finding, Findings, View
from plateia.rules.lint.judged import Judged
from plateia.rules.lint.leaves.measured import has_happened
from plateia.rules.tree import Condition, EventNode, Group, Test

_WORDS = {"count": "a count", "sum": "a sum", "days": "a number of days", "distinct": "a number of values"}


def never_did(view: View) -> Findings:
    """Warn where at most so much is asked for, and nothing beside it asks for at least once.

    Not below ``none`` and ``xor``: who says what must not be the case means those who did nothing, too.
    """
    yield from _below(view, view.root, ("rule",), ())


def _below(view: View, judged: Judged, path: KeyPath, beside: tuple[Claim, ...]) -> Iterator[Finding]:
    """``beside``: what holds, too, of everyone who meets this node, as it stands beside it under ``all``."""
    node = judged.node
    if not judged.is_notable or judged.claim.is_decided or (isinstance(node, Group) and node.op in ("none", "xor")):
        return
    if isinstance(node, EventNode) and not any(has_happened(node.event, claim) for claim in beside):
        if view.reader.takes_in_never(node):
            yield _said(view, node, path)
        return
    for position, (child, below) in enumerate(zip(judged.children, judged.child_paths(path), strict=True)):
        siblings = judged.children if isinstance(node, Group) and node.op == "all" else ()
        others = [other.claim for number, other in enumerate(siblings) if number != position]
        yield from _below(view, child, below, (*beside, *others))


def _said(view: View, node: EventNode, path: KeyPath) -> Finding:
    measure = node.measure
    got = f"{_WORDS[measure.kind]} that also takes in people who never had the event {node.event}, as theirs is 0"
    return view.find((*path, measure.kind), got, "a condition that leaves them out, unless they are meant", _cure(node))


def _cure(node: EventNode) -> str:
    most = _most(node.measure.condition) if node.measure.kind in ("count", "days", "distinct") else None
    if most is not None:
        return f"between: [1, {most}] leaves them out."
    return f"{{event: {node.event}}} with the same where and window beside it, under all, leaves them out."


def _most(condition: Condition | None) -> int | None:
    """The greatest whole number that a single bound lets in; None where it is not so simple."""
    match condition.tests if condition else ():
        case (Test("lt", int() as bound),):
            return bound - 1
        case (Test("lte", int() as most),) | (Test("between", (_, int() as most)),):
            return most
    return None
