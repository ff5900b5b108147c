"""Where the filters of a leaf stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from plateia.config import KeyPath
from plateia.rules.lint.leaves.filters import Attributes
from plateia.rules.tree import EventNode, Filter, Node, RelatedNode, SequenceNode

if TYPE_CHECKING:
    from plateia.rules.lint.leaves.reader import LeafReader


def filters_in(leaf: Node, path: KeyPath, reader: LeafReader) -> Iterator[tuple[KeyPath, Filter, Attributes]]:
    """Every filter in a leaf, with its key path and what its rows have."""
    match leaf:
        case EventNode() if leaf.where is not None:
            yield (*path, "where"), leaf.where, reader.properties(leaf.event)
        case SequenceNode():
            for position, step in enumerate(leaf.steps):
                inner: KeyPath = (*path, "sequence", position, *(("not",) if step.negated else ()))
                if step.where is not None:
                    yield (*inner, "where"), step.where, reader.properties(step.event)
        case RelatedNode():
            for position, hop in enumerate(leaf.hops):
                if hop.where is not None:
                    yield (*path, "related", position, "where"), hop.where, reader.columns(hop.relation)
            if leaf.every is not None:
                yield (*path, "every"), leaf.every, reader.columns(leaf.hops[-1].relation)
