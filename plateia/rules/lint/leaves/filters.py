"""Filters: what the truth of a filter says about one row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from plateia.catalogue import Attribute
from plateia.config import KeyPath
from plateia.rules.lint.claims import Claim, all_of, any_of, opposite
from plateia.rules.lint.leaves.subjects import claim_on
from plateia.rules.lint.values.conditions import condition_claim
from plateia.rules.tree import Filter, PropertyTest

Attributes = Mapping[str, Attribute]


@dataclass(frozen=True, slots=True)
class JudgedFilter:
    """A filter with its claim, and those below it."""

    filter: Filter
    claim: Claim
    items: tuple[JudgedFilter, ...] = ()

    @property
    def op(self) -> str:
        """Of a group; empty for a single test."""
        return "" if isinstance(self.filter, PropertyTest) else self.filter.op

    @property
    def is_notable(self) -> bool:
        """Whether it is decided before any row is looked at, or a part of it is."""
        return self.claim.is_decided or any(item.is_notable for item in self.items)

    def paths(self, path: KeyPath) -> list[KeyPath]:
        """The key paths of the items, the filter's own being ``path``."""
        names = [item.filter.property for item in self.items if isinstance(item.filter, PropertyTest)]
        if self.op == "all" and len(set(names)) == len(self.items):  # as most are written: a mapping
            return [(*path, name) for name in names]
        return [(*path, self.op, position) for position in range(len(self.items))]


def judged_filter(node: Filter, attributes: Attributes) -> JudgedFilter:
    """Judge a filter of rows that have the attributes."""
    if isinstance(node, PropertyTest):
        attribute = attributes.get(node.property)
        claim = condition_claim(node.condition, node.type, attribute.values if attribute else None)
        return JudgedFilter(node, claim_on(node.property, claim, partial(repr, node)))
    items = tuple(judged_filter(item, attributes) for item in node.items)
    claims = [item.claim for item in items]
    if node.op == "all":
        return JudgedFilter(node, all_of(claims), items)
    claim = any_of(claims)
    return JudgedFilter(node, claim if node.op == "any" else opposite(claim), items)
