"""Why a rule is decided before anybody is looked at: the nodes and filters where that begins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from plateia.config import KeyPath
from plateia.rules.lint.claims import Claim
from plateia.rules.lint.judged import Judged
from plateia.rules.lint.leaves.filters import JudgedFilter
from plateia.rules.lint.leaves.places import filters_in
from plateia.rules.lint.leaves.reader import LeafReader
from plateia.rules.lint.leaves.windows import is_empty
from plateia.rules.tree import AudienceNode, EventNode, Group, Node, SequenceNode, TraitNode, Window

Reason = Literal["conditions", "closed set", "window"]


@dataclass(frozen=True, slots=True)
class Cause:
    """A node or filter that is never true, or always, by itself.

    Attributes:
        path: Where it stands.
        claim: What it claims.
        reason: Conditions that exclude each other or leave nobody out; values that an attribute never has; a window.
        op: Of a group, which of its parts decide it together.
        parts: Key path and claim of each part of a group.
        about: Of a leaf, what its parts are, where that says more than its path.
        is_filter: It is about rows, not people.
        window: In which nothing can have happened.
    """

    path: KeyPath
    claim: Claim
    reason: Reason
    op: str = ""
    parts: Sequence[tuple[KeyPath, Claim]] = ()
    about: str = ""
    is_filter: bool = False
    window: Window | None = None

    @property
    def place(self) -> KeyPath:
        """The key path that shows it best: of a group of nodes, the key of its list."""
        return (*self.path, self.op) if self.op and not self.is_filter else self.path


def causes(root: Judged, reader: LeafReader) -> Iterator[Cause]:
    """Every cause in a rule, in the order of the document."""
    for path, judged in root.walk(("rule",)):
        if judged.children:
            if judged.claim.is_decided and not _follows(judged):
                parts = list(zip(judged.child_paths(path), [child.claim for child in judged.children], strict=True))
                op = judged.node.op if isinstance(judged.node, Group) else "n_of"
                yield Cause(path, judged.claim, "conditions", op, parts)
        else:
            yield from _leaf_causes(judged.node, judged.claim, path, reader)


def _follows(judged: Judged) -> bool:
    """Whether the children that are decided decide the node; that ``none`` turns never into always is news."""
    nevers = [child.claim.is_never for child in judged.children]
    always = [child.claim.is_always for child in judged.children]
    match judged.node:
        case Group(op="all"):
            return any(nevers) if judged.claim.is_never else all(always)
        case Group(op="any"):
            return all(nevers) if judged.claim.is_never else any(always)
        case Group(op="none"):
            return judged.claim.is_never and any(always)
    return any(nevers) or any(always)


def _leaf_causes(leaf: Node, claim: Claim, path: KeyPath, reader: LeafReader) -> Iterator[Cause]:
    found = [
        cause
        for below, where, attributes in filters_in(leaf, path, reader)
        for cause in _filter_causes(reader.judged(where, attributes), reader.judged(where, {}), below)
    ]
    yield from found
    if claim.is_decided and not any(cause.claim.is_never for cause in found):
        key, window = _window(leaf)
        if reader.is_future(window) or is_empty(window):
            yield Cause((*path, key), claim, "window", window=window)
        else:
            is_closed = not reader.without_closed_sets.claim(leaf).is_decided
            below, about = _condition(leaf, path)
            yield Cause(below, claim, "closed set" if is_closed else "conditions", about=about)


def _filter_causes(judged: JudgedFilter, opened: JudgedFilter, path: KeyPath) -> Iterator[Cause]:
    """``opened`` is the same filter, judged as if no attribute had a closed set of values."""
    decided = [item for item in judged.items if item.claim.is_decided]
    if judged.claim.is_decided and not decided:
        parts = (
            list(zip(judged.paths(path), [item.claim for item in judged.items], strict=True)) if judged.items else []
        )
        reason: Reason = "conditions" if opened.claim.is_decided else "closed set"
        op = "" if not judged.items else judged.op
        yield Cause(path, judged.claim, reason, op, parts, is_filter=True)
    if judged.items:
        for below, item, open_item in zip(judged.paths(path), judged.items, opened.items, strict=True):
            yield from _filter_causes(item, open_item, below)


def _window(leaf: Node) -> tuple[str, Window | None]:
    """The window on what has happened, and its key."""
    match leaf:
        case EventNode(measure=measure) if measure.window is not None:
            return measure.kind, measure.window
        case EventNode() | SequenceNode():
            return "window", leaf.window
        case AudienceNode():
            return "entered", leaf.entered
    return "window", None


def _condition(leaf: Node, path: KeyPath) -> tuple[KeyPath, str]:
    """Where the condition of a leaf stands, and what it is about."""
    match leaf:
        case TraitNode():
            return (*path, "is"), ""
        case EventNode():
            return (*path, leaf.measure.kind), ""
        case SequenceNode():
            return (*path, "sequence"), "times between steps that do not fit together"
    return path, ""
