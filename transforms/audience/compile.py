"""Compile audiences for a site and an instant: windows resolved, leaves canonical, equal sub-trees once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from fractions import Fraction
from graphlib import CycleError, TopologicalSorter
from zoneinfo import ZoneInfo

import pyarrow as pa

from plateia.catalogue import ValueType
from plateia.garbage import no_collection
from plateia.rules import tree, windows
from plateia.rules.describe import describe
from transforms.audience.after import AfterRule
from transforms.audience.atoms import (
    AliveLeaf,
    EnteredLeaf,
    EventRank,
    Leaf,
    ListLeaf,
    NobodyLeaf,
    PublishedLeaf,
    Rank,
    Ranking,
    ScoreLeaf,
    ScoreRank,
    Selection,
    TraitLeaf,
    TraitRank,
)
from transforms.audience.compile_leaf import LeafCompiler, named
from transforms.audience.graph import Graph
from transforms.audience.known import Known
from transforms.audience.leaves.conditions import Moment, Predicate, UnsupportedError
from transforms.audience.leaves.unions import any_of
from transforms.audience.plan import Op, Outline, SitePlan

_DOUBLE = ValueType("double")
_OPS = {op.name.lower(): op for op in (Op.ALL, Op.ANY, Op.NONE, Op.XOR)}
_MANY = 16  # conditions of a group on one trait: fewer are mostly shared with other audiences


def compile_site(
    audiences: Mapping[str, tree.Audience],
    *,
    site: str,
    zone: ZoneInfo,
    as_of: datetime,
    built: Collection[str],
    published: Collection[str] = (),
    absent: Collection[str] = (),
    lists: Mapping[str, Collection[str]] | None = None,
    scores: Collection[str] = (),
    outlined: Collection[str] = (),
) -> SitePlan:
    """Compile the audiences of ``built`` that run on ``site`` into one plan.

    Args:
        audiences: Every sound definition, by key.
        as_of: The instant of the run, as UTC.
        built: Keys to compute; those that do not run on this site are left out.
        published: Keys that can be read as published on this site (scored audiences, too).
        absent: Keys without a definition here that are known not to run on this site.
        lists: Person ids of each list file that rules name.
        scores: The models whose scores are published on this site.
        outlined: Keys whose rules are kept in their written order, for explanations.

    Returns:
        The plan. What cannot be evaluated is in ``failed`` with its reason, and so is who refers to it.
    """
    mine = sorted(key for key in built if key in audiences and site in audiences[key].sites)
    known = Known(site, audiences, frozenset(published), frozenset(absent), frozenset(scores), lists or {})
    compiler = _Compiler(Moment(as_of, zone), known)
    with no_collection():
        for key in _ordered({key: audiences[key] for key in mine}, compiler.failed):
            compiler.add(audiences[key], outline=key in outlined)
        return compiler.plan(site)


def _ordered(mine: Mapping[str, tree.Audience], failed: dict[str, str]) -> list[str]:
    referring = [key for key in mine if mine[key].references]
    alone = [key for key in mine if not mine[key].references]
    inner = set(referring)
    sorter = TopologicalSorter(
        {key: sorted({tree.owner(ref) for ref in mine[key].references} & inner) for key in referring}
    )
    try:
        return [*alone, *sorter.static_order()]
    except CycleError as error:
        circle: list[str] = error.args[1]
        for key in set(circle):
            failed |= dict.fromkeys(tree.published_keys(mine[key]), f"refers to itself: {' → '.join(circle)}")
        return _ordered({key: audience for key, audience in mine.items() if key not in circle}, failed)


class _Compiler:
    """Brings audiences, in topological order, into one graph."""

    def __init__(self, moment: Moment, known: Known) -> None:
        self.moment, self.known = moment, known
        self.failed: dict[str, str] = {}
        self.outputs: dict[str, int] = {}
        self.references: dict[str, tuple[str, ...]] = {}
        self.leaf_counts: dict[str, int] = {}
        self.outlines: dict[str, Outline] = {}
        self._graph = Graph()
        self._leaves = LeafCompiler(moment, known.lists)
        self._used: set[int] = set()
        self._is_outlined = False  # what is explained is shown condition by condition
        self._after = AfterRule(self._graph, self._leaf, moment, self._reference, self._rank)
        self._seen: dict[int, int] = {}  # by identity of a leaf's node: the definitions outlive the compiler

    def add(self, audience: tree.Audience, *, outline: bool) -> None:
        """Compile one audience and the parts of its split."""
        self._used, self._is_outlined = set(), outline
        try:
            if outline:
                members = self._after.outlined(audience, self._outline(audience.rule, "rule"))
            else:
                members = self._after.members(audience, self._node(audience.rule, "rule"))
        except UnsupportedError as reason:
            self.failed |= dict.fromkeys(tree.published_keys(audience), str(reason))
            return
        n_leaves = len(self._used) - 1  # all have that of the living
        whole = (audience.key, members.node)
        for key, node in (whole, *members.parts):
            self.outputs[key], self.leaf_counts[key] = node, n_leaves
            # A part goes out with its whole, or not at all.
            self.references[key] = tree.references(audience) if key == audience.key else (audience.key,)
            if outline:
                self.outlines[key] = Outline(f"member of {key}", node, members.told)

    def _outline(self, node: tree.Node, path: str) -> Outline:
        """A node with its words, and those of what it combines."""
        index = self._node(node, path)
        return Outline(describe(node), index, tuple(self._outline(child, place) for child, place in _parts(node, path)))

    def _node(self, node: tree.Node, path: str) -> int:
        if (seen := self._seen.get(id(node))) is not None:
            self._used.add(seen)
            return seen
        match node:
            case tree.Group():
                return self._graph.combine(_OPS[node.op], self._children(node, path))
            case tree.NOf():
                nodes = [self._node(child, place) for child, place in _parts(node, path)]
                return self._graph.combine(Op.N_OF, nodes, node.n)
            case tree.AudienceNode(audience=key, entered=None):
                return self._reference(key, path)
            case tree.AudienceNode(audience=key, entered=window):
                return self._entered(key, window, path)
            case tree.ScoreNode():
                return self._score(node, path)
        # The very same object is compiled once: definitions of one load share what they say alike.
        index = self._seen[id(node)] = self._leaf(self._leaves.leaf(node, path))
        return index

    def _children(self, group: tree.Group, path: str) -> Iterator[int]:
        """What a group combines; where any of very many conditions on a trait decides, they are few leaves."""
        parts = _parts(group, path)
        is_long = len(parts) >= _MANY and group.op in ("any", "none") and not self._is_outlined
        traits = Counter(child.trait for child, _ in parts if isinstance(child, tree.TraitNode)) if is_long else {}
        joined: dict[str, list[Predicate]] = {trait: [] for trait, n in traits.items() if n >= _MANY}
        for child, place in parts:
            if isinstance(child, tree.TraitNode) and child.trait in joined:
                joined[child.trait].append(self._leaves.trait(child, place).predicate)
            else:
                yield self._node(child, place)
        for trait, predicates in joined.items():
            yield from (self._leaf(TraitLeaf(trait, predicate)) for predicate in any_of(predicates))

    def _reference(self, key: str, path: str) -> int:
        if key in self.outputs:
            return self.outputs[key]
        if key in self.failed:
            raise UnsupportedError(f"refers to `{key}`, which failed ({path})")
        if self.known.is_elsewhere(key):
            return self._leaf(NobodyLeaf())
        if key in self.known.published:
            return self._leaf(PublishedLeaf(key))
        if path == "priority":
            return self._leaf(NobodyLeaf())  # nobody is in it yet
        raise UnsupportedError(
            f"refers to `{key}`, which is neither built in this run nor published on this site ({path})"
        )

    def _entered(self, key: str, window: tree.Window | None, path: str) -> int:
        """Entries of published runs, and of this run where it builds the audience: its window includes its end."""
        now = self._reference(key, path)
        if self.known.is_elsewhere(key):
            return now
        as_of = windows.microseconds(self.moment.as_of)
        start, until = windows.resolve_instants(window, as_of=self.moment.as_of, zone=self.moment.zone)
        end = as_of if until is None else min(until, as_of)
        if start is not None and start > end:
            return self._leaf(NobodyLeaf())
        history = self._leaf(EnteredLeaf(key, start, end))
        if key not in self.outputs or end < as_of:
            return history
        newcomers = self._graph.without(now, [self._leaf(PublishedLeaf(key))])
        return self._graph.combine(Op.ANY, [history, newcomers])

    def _score(self, node: tree.ScoreNode, path: str) -> int:
        """The best tenths as they are; a smaller share is the best part of the best tenth."""
        self._require_scores(node.score, path)
        if node.top is None:
            condition = node.condition or tree.Condition(())
            return self._leaf(ScoreLeaf(node.score, predicate=named(path, condition, _DOUBLE, self.moment)))
        tenths = Fraction(node.top) * 10
        if tenths >= 1:
            return self._leaf(ScoreLeaf(node.score, deciles=int(tenths)))
        best = self._leaf(ScoreLeaf(node.score, deciles=1))
        people = self._graph.combine(Op.ALL, [best, self._leaf(AliveLeaf())])
        return self._graph.chosen(people, Selection(Ranking(ScoreRank(node.score)), tenths))

    def _rank(self, shape: tree.Shape) -> Rank:
        by = shape.rank_by
        match by:
            case tree.TraitNode():
                return TraitRank(by.trait, by.type.kind == "decimal")
            case tree.ScoreNode():
                self._require_scores(by.score, "shape.rank_by")
                return ScoreRank(by.score)
            case tree.EventNode():
                leaf = self._leaves.event(by, "shape.rank_by")
                of = by.measure.of_type
                is_wide = of is not None and of.kind != "double" and by.measure.kind in ("sum", "min", "max")
                return EventRank(leaf.event, leaf.where, leaf.start, leaf.end, leaf.measured, is_wide)

    def _require_scores(self, score: str, path: str) -> None:
        if score not in self.known.scores:
            raise UnsupportedError(
                f"the score `{score}` is not published on this site: run `plateia score-lookalikes` ({path})"
            )

    def _leaf(self, leaf: Leaf) -> int:
        index = self._graph.leaf(leaf)
        self._used.add(index)
        return index

    def plan(self, site: str) -> SitePlan:
        """The compact form of everything that was added and is used."""
        # What explanations show need not be what an audience is made of.
        shown = [node for outline in self.outlines.values() for node in _nodes(outline)]
        compact = self._graph.compact([*self.outputs.values(), *shown])

        def finished(outline: Outline) -> Outline:
            return Outline(outline.text, compact.final[outline.node], tuple(finished(c) for c in outline.children))

        keys = tuple(self.outputs)
        files = sorted({leaf.file for leaf in compact.leaves if isinstance(leaf, ListLeaf)})
        return SitePlan(
            site=site,
            zone=self.moment.zone.key,
            keys=keys,
            outputs=tuple(compact.final[node] for node in self.outputs.values()),
            leaves=compact.leaves,
            ops=compact.ops,
            counts=compact.counts,
            starts=compact.starts,
            arguments=compact.arguments,
            leaf_counts=tuple(self.leaf_counts[key] for key in keys),
            references=self.references,
            failed=dict(self.failed),
            lists={file: pa.array(sorted(set(self.known.lists[file])), pa.string()) for file in files},
            selections=compact.selections,
            outlines={key: finished(outline) for key, outline in self.outlines.items()},
        )


def _parts(node: tree.Node, path: str) -> list[tuple[tree.Node, str]]:
    """What a node combines, each with its place in the definition."""
    if isinstance(node, tree.Group):
        return [(child, f"{path}.{node.op}[{i}]") for i, child in enumerate(node.children)]
    if isinstance(node, tree.NOf):
        return [(child, f"{path}.n_of.of[{i}]") for i, child in enumerate(node.children)]
    return []


def _nodes(outline: Outline) -> Iterator[int]:
    yield outline.node
    for child in outline.children:
        yield from _nodes(child)
