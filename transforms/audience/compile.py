"""Compile audiences for a site and an instant: windows resolved, leaves canonical, equal sub-trees once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from graphlib import CycleError, TopologicalSorter
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from plateia.catalogue import ValueType
from plateia.rules import tree, windows
from plateia.rules.describe import describe
from transforms.audience.leaves.conditions import Moment, Predicate, UnsupportedError, canonical, threshold
from transforms.audience.plan import (
    AliveLeaf,
    ConsentLeaf,
    EnteredLeaf,
    EventLeaf,
    Leaf,
    ListLeaf,
    Measured,
    NobodyLeaf,
    Op,
    Outline,
    PublishedLeaf,
    SequenceLeaf,
    SequenceStep,
    SitePlan,
    TraitLeaf,
    Where,
    WhereGroup,
    WhereTest,
)

_DOUBLE, _INSTANT = ValueType("double"), ValueType("timestamp")
_ONCE = tree.Condition((tree.Test("gte", 1),))
_LATER = ("membership", "shape", "split", "priority")  # parts of an audience that later engines evaluate


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
        outlined: Keys whose rules are kept in their written order, for explanations.

    Returns:
        The plan. What cannot be evaluated is in ``failed`` with its reason, and so is who refers to it.
    """
    mine = sorted(key for key in built if key in audiences and site in audiences[key].sites)
    others = {key for key, audience in audiences.items() if site not in audience.sites} | set(absent)
    compiler = _Compiler(Moment(as_of, zone), frozenset(published), frozenset(others), lists or {})
    for key in _ordered({key: audiences[key] for key in mine}, compiler.failed):
        compiler.add(audiences[key], outline=key in outlined)
    return compiler.plan(site, {key: tree.references(audiences[key]) for key in mine})


def _ordered(mine: Mapping[str, tree.Audience], failed: dict[str, str]) -> list[str]:
    sorter = TopologicalSorter(
        {key: [ref for ref in tree.references(audience) if ref in mine] for key, audience in mine.items()}
    )
    try:
        return list(sorter.static_order())
    except CycleError as error:
        circle: list[str] = error.args[1]
        for key in circle:
            failed[key] = f"refers to itself: {' → '.join(circle)}"
        return _ordered({key: audience for key, audience in mine.items() if key not in circle}, failed)


class _Compiler:
    """Interns leaves and nodes. Leaves count up from 0 and inner nodes down from -1 until the leaves are all known."""

    def __init__(
        self,
        moment: Moment,
        published: frozenset[str],
        absent: frozenset[str],
        lists: Mapping[str, Collection[str]],
    ) -> None:
        self.moment, self.published, self.absent, self.lists = moment, published, absent, lists
        self.failed: dict[str, str] = {}
        self.outputs: dict[str, int] = {}
        self.leaf_counts: dict[str, int] = {}
        self.outlines: dict[str, Outline] = {}
        self._leaves: dict[Leaf, int] = {}
        self._inner: dict[tuple[Op, int, tuple[int, ...]], int] = {}
        self._used: set[int] = set()

    def add(self, audience: tree.Audience, *, outline: bool) -> None:
        """Compile one audience: its rule, less who it excludes, with consent, among the living."""
        self._used = set()
        try:
            for part in _LATER:
                if getattr(audience, part) is not None:
                    raise UnsupportedError(f"the engine cannot evaluate `{part}` yet")
            written = self._node(audience.rule, "rule", outline=outline)
            parts = [written.node, self._leaf(AliveLeaf())]
            if audience.exclude:
                excluded = [self._reference(key, f"exclude[{i}]") for i, key in enumerate(audience.exclude)]
                parts.append(self._combine(Op.NONE, excluded))
            if audience.consent is not None:
                parts.append(self._consent(audience.consent))
            output = self._combine(Op.ALL, parts)
            self.outputs[audience.key] = output
            self.leaf_counts[audience.key] = len(self._used - {self._leaf(AliveLeaf())})
            if outline:
                self.outlines[audience.key] = self._outline(audience, written, output)
        except UnsupportedError as reason:
            self.failed[audience.key] = str(reason)

    def _outline(self, audience: tree.Audience, rule: Outline, output: int) -> Outline:
        """The audience as the root: its rule, then who it excludes, then the consent it needs."""
        excluded = [
            Outline(f"excluded: {describe(tree.AudienceNode(key))}", self._reference(key, f"exclude[{i}]"))
            for i, key in enumerate(audience.exclude)
        ]
        consent = audience.consent and Outline(
            f"consent to {audience.consent.purpose}", self._consent(audience.consent)
        )
        return Outline(f"member of {audience.key}", output, (rule, *excluded, *([consent] if consent else [])))

    def _consent(self, consent: tree.Consent) -> int:
        return self._leaf(ConsentLeaf(consent.purpose, windows.microseconds(self.moment.as_of)))

    def _node(self, node: tree.Node, path: str, *, outline: bool) -> Outline:
        children: tuple[Outline, ...] = ()
        match node:
            case tree.Group():
                children = tuple(
                    self._node(child, f"{path}.{node.op}[{i}]", outline=outline)
                    for i, child in enumerate(node.children)
                )
                index = self._combine(Op[node.op.upper()], [child.node for child in children])
            case tree.NOf():
                children = tuple(
                    self._node(child, f"{path}.n_of.of[{i}]", outline=outline) for i, child in enumerate(node.children)
                )
                index = self._combine(Op.N_OF, [child.node for child in children], node.n)
            case tree.AudienceNode(audience=key, entered=None):
                index = self._reference(key, path)
            case tree.AudienceNode(audience=key, entered=window):
                index = self._entered(key, window, path)
            case _:
                index = self._leaf(self._atom(node, path))
        return Outline(describe(node) if outline else "", index, children if outline else ())

    def _atom(self, node: tree.Node, path: str) -> Leaf:
        match node:
            case tree.TraitNode():
                return TraitLeaf(node.trait, _named(path, node.condition, node.type, self.moment))
            case tree.EventNode():
                return self._event(node, path)
            case tree.ListNode():
                if node.file not in self.lists:
                    raise UnsupportedError(f"the list of {path} could not be read")
                return ListLeaf(node.file)
            case tree.SequenceNode():
                return self._sequence(node, path)
            case tree.ScoreNode():
                raise _not_yet("score", path)
            case tree.RelatedNode():
                raise _not_yet("related", path)
        raise _not_yet(type(node).__name__, path)

    def _event(self, node: tree.EventNode, path: str) -> EventLeaf:
        interval = windows.resolve(node.window, as_of=self.moment.as_of, zone=self.moment.zone)
        where = None if node.where is None else compile_filter(node.where, f"{path}.where", self.moment)
        measured, predicate = compile_measure(node.measure, path, self.moment)
        return EventLeaf(node.event, where, interval.start, interval.end, measured, predicate)

    def _sequence(self, node: tree.SequenceNode, path: str) -> SequenceLeaf:
        named = {step.name: position for position, step in enumerate(node.steps) if step.name is not None}
        steps = tuple(
            SequenceStep(
                event=step.event,
                where=None
                if step.where is None
                else compile_filter(step.where, f"{path}.sequence[{i}].where", self.moment),
                same=tuple(sorted((each.property, named[each.step], each.step_property) for each in step.same)),
                after_min=_length(step.after_min),
                after_max=_length(step.after_max),
                negated=step.negated,
                quiet_for=_length(step.quiet_for),
            )
            for i, step in enumerate(node.steps)
        )
        interval = windows.resolve(node.window, as_of=self.moment.as_of, zone=self.moment.zone)
        as_of = windows.microseconds(self.moment.as_of)
        return SequenceLeaf(steps, _length(node.within), interval.start, interval.end, as_of)

    def _reference(self, key: str, path: str) -> int:
        if key in self.outputs:
            return self.outputs[key]
        if key in self.failed:
            raise UnsupportedError(f"refers to `{key}`, which failed ({path})")
        if key in self.absent:
            return self._leaf(NobodyLeaf())
        if key in self.published:
            return self._leaf(PublishedLeaf(key))
        raise UnsupportedError(
            f"refers to `{key}`, which is neither built in this run nor published on this site ({path})"
        )

    def _entered(self, key: str, window: tree.Window | None, path: str) -> int:
        """Entries of published runs, and of this run where it builds the audience: its window includes its end."""
        now = self._reference(key, path)
        if key in self.absent:
            return now
        as_of = windows.microseconds(self.moment.as_of)
        start, until = windows.resolve_instants(window, as_of=self.moment.as_of, zone=self.moment.zone)
        end = as_of if until is None else min(until, as_of)
        if start is not None and start > end:
            return self._leaf(NobodyLeaf())
        history = self._leaf(EnteredLeaf(key, start, end))
        if key not in self.outputs or end < as_of:
            return history
        newcomers = self._combine(Op.ALL, [now, self._combine(Op.NONE, [self._leaf(PublishedLeaf(key))])])
        return self._combine(Op.ANY, [history, newcomers])

    def _leaf(self, leaf: Leaf) -> int:
        index = self._leaves.setdefault(leaf, len(self._leaves))
        self._used.add(index)
        return index

    def _combine(self, op: Op, arguments: Iterable[int], n: int = 0) -> int:
        # In all, any and none a repeated child changes nothing; in xor and n_of it counts again.
        distinct = sorted(arguments if op in (Op.XOR, Op.N_OF) else set(arguments))
        if not distinct:
            return self._leaf(AliveLeaf() if op in (Op.ALL, Op.NONE) else NobodyLeaf())
        if op in (Op.ALL, Op.ANY, Op.XOR) and len(distinct) == 1:
            return distinct[0]
        return self._inner.setdefault((op, n, tuple(distinct)), -1 - len(self._inner))

    def plan(self, site: str, references: Mapping[str, tuple[str, ...]]) -> SitePlan:
        """The compact form of everything that was added and is used."""
        used = self._reachable()
        leaves = [leaf for leaf, node in self._leaves.items() if node in used]
        inner = [(key, node) for key, node in self._inner.items() if node in used]
        final = {self._leaves[leaf]: i for i, leaf in enumerate(leaves)}
        final |= {node: len(leaves) + i for i, (_, node) in enumerate(inner)}

        def finished(outline: Outline) -> Outline:
            return Outline(outline.text, final[outline.node], tuple(finished(child) for child in outline.children))

        keys = tuple(self.outputs)
        sizes = [len(arguments) for (_, _, arguments), _ in inner]
        return SitePlan(
            site=site,
            zone=self.moment.zone.key,
            keys=keys,
            outputs=tuple(final[node] for node in self.outputs.values()),
            leaves=tuple(leaves),
            ops=np.array([op for (op, _, _), _ in inner], dtype=np.uint8),
            counts=np.array([n for (_, n, _), _ in inner], dtype=np.int32),
            starts=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32),
            arguments=np.array([final[a] for (_, _, args), _ in inner for a in args], dtype=np.int32),
            leaf_counts=tuple(self.leaf_counts[key] for key in keys),
            references=references,
            failed=dict(self.failed),
            lists={leaf.file: self._ids(leaf.file) for leaf in leaves if isinstance(leaf, ListLeaf)},
            outlines={key: finished(outline) for key, outline in self.outlines.items()},
        )

    def _ids(self, file: str) -> pa.Array:
        return pa.array(sorted(set(self.lists[file])), pa.string())

    def _reachable(self) -> set[int]:
        """What the outputs need; an audience that failed half-way may have left nodes that nobody does."""
        arguments = {node: key[2] for key, node in self._inner.items()}
        used: set[int] = set()
        waiting = list(self.outputs.values())
        while waiting:
            node = waiting.pop()
            if node not in used:
                used.add(node)
                waiting.extend(arguments.get(node, ()))
        return used


def compile_filter(node: tree.Filter, path: str, moment: Moment) -> Where:
    """The canonical form of a filter; ``path`` says where it stands, should it hold what cannot be evaluated yet."""
    if isinstance(node, tree.PropertyTest):
        return WhereTest(node.property, _named(f"{path}.{node.property}", node.condition, node.type, moment))
    distinct = {compile_filter(item, path, moment) for item in node.items}
    if len(distinct) == 1 and node.op != "none":
        return distinct.pop()
    return WhereGroup(node.op, tuple(sorted(distinct, key=repr)))


def compile_measure(measure: tree.Measure, path: str, moment: Moment) -> tuple[Measured, Predicate]:
    """What is computed of the events, and what its value has to meet."""
    condition, of_type = measure.condition or _ONCE, measure.of_type
    if measure.kind in ("first", "last"):
        window = tree.Condition((tree.Test("window", measure.window or tree.Dates(None, None)),))
        return Measured(measure.kind), _named(path, window, _INSTANT, moment)
    if measure.kind in ("count", "days", "distinct") or of_type is None:
        return Measured(measure.kind, measure.of), threshold(condition, 0)
    if measure.kind == "sum":
        scale = _sum_scale(of_type)
        return Measured("sum", measure.of, scale), threshold(condition, scale)
    if measure.kind == "avg":
        return Measured("avg", measure.of, _sum_scale(of_type)), _named(path, condition, _DOUBLE, moment)
    return Measured(measure.kind, measure.of), _named(path, condition, of_type, moment)


def _named(path: str, condition: tree.Condition, value_type: ValueType, moment: Moment) -> Predicate:
    try:
        return canonical(condition, value_type, moment)
    except UnsupportedError as operator:
        raise _not_yet(str(operator), path) from None


def _length(duration: tree.Duration | None) -> int | None:
    """Microseconds."""
    return None if duration is None else duration.delta // timedelta(microseconds=1)


def _sum_scale(value_type: ValueType) -> int:
    """Decimal places of an exact sum: doubles are added as millionths."""
    return 6 if value_type.kind == "double" else value_type.scale


def _not_yet(construct: str, path: str) -> UnsupportedError:
    return UnsupportedError(f"the engine cannot evaluate `{construct}` yet ({path})")
