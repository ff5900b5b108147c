"""A rule, node by node, with what each claims."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from plateia.config import KeyPath
from plateia.rules.canonical import canonical_text
from plateia.rules.lint.claims import UNKNOWN, Claim, all_of, any_of, at_least, exactly_one, opposite
from plateia.rules.lint.leaves.reader import LeafReader
from plateia.rules.lint.leaves.subjects import whole
from plateia.rules.lint.nesting import Implied, implied_counts, widened
from plateia.rules.lint.screening.screen import repeats_groups
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
    return _Judge(reader, telling, implied_counts(rule, reader), repeats_groups(rule)).judge(rule)


@dataclass(frozen=True, slots=True)
class _Judge:
    reader: LeafReader
    telling: Collection[int] | None
    implied: Implied
    named: bool  # groups may be each other's opposite

    def judge(self, node: Node) -> Judged:
        if not isinstance(node, Group | NOf):
            return self._leaf(node)
        children = tuple(self.judge(child) for child in node.children)
        claim = self._combined(node, [child.claim for child in children])
        return Judged(node, claim, children, claim.is_decided or any(child.is_notable for child in children))

    def _leaf(self, leaf: Node) -> Judged:
        if self.telling is not None and id(leaf) not in self.telling:
            return Judged(leaf, UNKNOWN)
        claim = widened(self.reader.claim(leaf), self.implied)
        return Judged(leaf, claim, (), claim.is_decided or self.reader.is_notable(leaf))

    def _combined(self, node: Group | NOf, claims: list[Claim]) -> Claim:
        if isinstance(node, NOf):
            claim = at_least(node.n, claims)
        elif node.op == "xor":
            claim = exactly_one(claims)
        elif node.op == "none":
            some = any_of(claims)
            return opposite(whole(canonical_text(Group("any", node.children)), some) if self.named else some)
        else:
            claim = all_of(claims) if node.op == "all" else any_of(claims)
        return whole(canonical_text(node), claim) if self.named else claim
