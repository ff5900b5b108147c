"""What is done to the members of an audience after its rule, in the order of the language, as nodes of the graph."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from plateia.rules import tree, windows
from plateia.rules.describe import after as words
from plateia.rules.describe import describe
from transforms.audience.atoms import (
    AliveLeaf,
    ChangedLeaf,
    ConsentLeaf,
    Leaf,
    PartLeaf,
    PublishedLeaf,
    Rank,
    Ranking,
    Selection,
    TicketRank,
)
from transforms.audience.graph import Graph
from transforms.audience.leaves.conditions import Moment
from transforms.audience.plan import Op, Outline

Reference = Callable[[str, str], int]  # of an audience's key, and of the place that names it
RankOf = Callable[[tree.Shape], Rank]
Member = Callable[[Leaf], int]

_ALIVE = AliveLeaf()


@dataclass(frozen=True, slots=True)
class Members:
    """The members of an audience so far, those of its parts, and what explanations show of it."""

    node: int
    parts: tuple[tuple[str, int], ...] = ()
    told: tuple[Outline, ...] = ()

    def but(self, node: int, *told: tuple[str, int]) -> Members:
        """The same with other members, and something more to tell."""
        return Members(node, self.parts, (*self.told, *(Outline(text, shown) for text, shown in told)))


class AfterRule:
    """Adds to a graph what follows a rule: exclude, consent, membership, shape, split and priority."""

    def __init__(self, graph: Graph, leaf: Member, moment: Moment, reference: Reference, rank: RankOf) -> None:
        self._graph, self._leaf, self._moment, self._reference, self._rank = graph, leaf, moment, reference, rank

    def members(self, audience: tree.Audience, rule: int) -> Members:
        """The members of an audience, from the node of its rule."""
        whole = self._graph.combine(Op.ALL, (rule, self._leaf(_ALIVE)))
        if not _anything_follows(audience):
            return Members(whole)
        return self._apply(audience, Members(whole))

    def outlined(self, audience: tree.Audience, rule: Outline) -> Members:
        """The members of an audience, from the outline of its rule."""
        return self._apply(audience, Members(self._graph.combine(Op.ALL, (rule.node, self._leaf(_ALIVE))), (), (rule,)))

    def _apply(self, audience: tree.Audience, found: Members) -> Members:
        allowed = self._allowed(audience, found)
        found = self._membership(audience, found, allowed) if audience.membership else allowed
        found = self._shape(audience.shape, found) if audience.shape else found
        found = self._split(audience, audience.split, found) if audience.split else found
        return self._priority(audience, found)

    def _allowed(self, audience: tree.Audience, found: Members) -> Members:
        """Those whom ``exclude`` and ``consent`` leave in."""
        excluded = [(key, self._reference(key, f"exclude[{i}]")) for i, key in enumerate(audience.exclude)]
        told = [(f"excluded: {describe(tree.AudienceNode(key))}", node) for key, node in excluded]
        left = self._graph.without(found.node, [node for _, node in excluded])
        if audience.consent is not None:
            as_of = windows.microseconds(self._moment.as_of)
            consenting = self._leaf(ConsentLeaf(audience.consent.purpose, as_of))
            left = self._graph.combine(Op.ALL, [left, consenting])
            told.append((f"consent to {audience.consent.purpose}", consenting))
        return found.but(left, *told)

    def _membership(self, audience: tree.Audience, found: Members, allowed: Members) -> Members:
        """Who stays, comes in, or must wait, by the published history; who is not allowed is out in any case."""
        stay, graph = audience.membership or tree.Membership(), self._graph
        was = self._leaf(PublishedLeaf(audience.key))
        keeps, told = [found.node], []
        out: list[int] = []
        if stay.min_stay:
            young = self._since(audience.key, "entered", stay.min_stay)
            keeps.append(young)
            told.append((words.min_stay_text(stay.min_stay), graph.combine(Op.ALL, [was, young])))
        if stay.max_stay:
            lasting = self._since(audience.key, "entered", stay.max_stay)
            expired = graph.without(was, [lasting])
            out.append(expired)
            told.append((words.max_stay_text(stay.max_stay), expired))
        if stay.cooldown:
            cooling = graph.without(self._since(audience.key, "left", stay.cooldown), [was])
            out.append(cooling)
            told.append((words.cooldown_text(stay.cooldown), cooling))
        staying = graph.combine(Op.ALL, [was, graph.combine(Op.ANY, keeps), self._permitted(audience)])
        members = graph.without(graph.combine(Op.ANY, [staying, allowed.node]), out)
        return allowed.but(members, *told)

    def _permitted(self, audience: tree.Audience) -> int:
        """Everyone whom the audience may have, whatever its rule says."""
        return self._allowed(audience, Members(self._leaf(_ALIVE))).node

    def _since(self, key: str, word: Literal["entered", "left"], stretch: tree.Duration) -> int:
        after = windows.microseconds(self._moment.as_of - stretch.delta)
        return self._leaf(ChangedLeaf(key, word, after))

    def _shape(self, shape: tree.Shape, found: Members) -> Members:
        per = () if shape.per is None else (shape.per,)
        ranking = Ranking(self._rank(shape), shape.order == "desc", per, shape.limit)
        node = self._graph.chosen(found.node, Selection(ranking, shape.limit))
        return found.but(node, (words.shape_text(shape), node))

    def _split(self, audience: tree.Audience, split: tree.Split, found: Members) -> Members:
        """The parts; the whole stays as it is."""
        shares = [(name, Fraction(share)) for name, share in split.parts]
        parts: list[tuple[str, int]] = []
        before = Fraction(0)
        rest = 1 - sum((share for _, share in shares), Fraction(0))
        weights = (*shares, *([("", rest)] if rest else []))
        for name, share in shares:
            if split.stratify:
                ranking = Ranking(TicketRank(split.salt), descending=False, per=split.stratify)
                node = self._graph.chosen(found.node, Selection(ranking, before + share, before))
            else:
                part = self._leaf(PartLeaf(split.salt, weights, name))
                node = self._graph.combine(Op.ALL, [found.node, part])
            parts.append((f"{audience.key}/{name}", node))
            before += share
        return Members(found.node, tuple(parts), found.told)

    def _priority(self, audience: tree.Audience, found: Members) -> Members:
        """Whom no higher audience of the list has."""
        higher = [(key, self._reference(key, "priority")) for key in audience.yields_to]
        nodes = [node for _, node in higher]
        parts = tuple((key, self._graph.without(node, nodes)) for key, node in found.parts)
        told = [(words.priority_text(key, audience.priority or ""), node) for key, node in higher]
        left = found.but(self._graph.without(found.node, nodes), *told)
        return Members(left.node, parts, left.told)


def _anything_follows(of: tree.Audience) -> bool:
    return bool(of.exclude or of.consent or of.membership or of.shape or of.split or of.yields_to)
