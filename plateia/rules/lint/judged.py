"""A rule, node by node, with what each claims."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from plateia.config import KeyPath
from plateia.rules.canonical import canonical_text
from plateia.rules.lint.claims import UNKNOWN, Claim, all_of, any_of, at_least, exactly_one, opposite
from plateia.rules.lint.leaves.reader import LeafReader
from plateia.rules.lint.leaves.subjects import whole
from plateia.rules.lint.screen import repeats_groups
from plateia.rules.tree import Group, Node, NOf


@dataclass(frozen=True, slots=True)
class Judged:
    """A node with its claim; ``is_notable``: there is something to be said about it, or about a node below."""

    node: Node
    claim: Claim
    children: tuple[Judged, ...] = ()
    is_notable: bool = False

    def child_paths(self, path: KeyPath) -> list[KeyPath]:
        """The key paths of the children, the node's own being ``path``."""
        below = self.node.op if isinstance(self.node, Group) else "n_of"
        inner: KeyPath = (*path, below) if isinstance(self.node, Group) else (*path, below, "of")
        return [(*inner, position) for position in range(len(self.children))]

    def walk(self, path: KeyPath) -> Iterator[tuple[KeyPath, Judged]]:
        """Every notable node with its key path, from the top."""
        if self.is_notable:
            yield path, self
            for below, child in zip(self.child_paths(path), self.children, strict=True):
                yield from child.walk(below)


def judged(rule: Node, reader: LeafReader, telling: Collection[int] | None = None) -> Judged:
    """Judge a rule and every node in it; of its leaves only those in ``telling`` (by ``id``), if that is given."""
    return _judged(rule, reader, telling, named=repeats_groups(rule))


def _judged(node: Node, reader: LeafReader, telling: Collection[int] | None, *, named: bool) -> Judged:
    if not isinstance(node, Group | NOf):
        if telling is not None and id(node) not in telling:
            return Judged(node, UNKNOWN)
        claim = reader.claim(node)
        return Judged(node, claim, (), claim.is_decided or reader.is_notable(node))
    children = tuple(_judged(child, reader, telling, named=named) for child in node.children)
    claim = _combined(node, [child.claim for child in children], named=named)
    return Judged(node, claim, children, claim.is_decided or any(child.is_notable for child in children))


def _combined(node: Group | NOf, claims: list[Claim], *, named: bool) -> Claim:
    if isinstance(node, NOf):
        claim = at_least(node.n, claims)
    elif node.op == "xor":
        claim = exactly_one(claims)
    elif node.op == "none":
        some = any_of(claims)
        return opposite(whole(canonical_text(Group("any", node.children)), some) if named else some)
    else:
        claim = all_of(claims) if node.op == "all" else any_of(claims)
    return whole(canonical_text(node), claim) if named else claim
