"""The first instant at which each part of a rule changes its truth if nothing else happens but time passing.

Nothing else: no event, trait, consent, relation, list or score changes, nobody else moves in a ranking, and no other
run publishes; what this run would find counts as published. The kernel that builds the audiences is asked again at
every instant at which something may change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import pairwise

from plateia.clock import instant_of
from plateia.rules import tree
from plateia.rules.windows import microseconds
from transforms.audience.atoms import (
    AliveLeaf,
    ChangedLeaf,
    EnteredLeaf,
    EventLeaf,
    Leaf,
    NobodyLeaf,
    PartLeaf,
    PublishedLeaf,
    SequenceLeaf,
    TraitLeaf,
)
from transforms.audience.choosing import NOBODY, Bound, Bounds, Label
from transforms.audience.compile_leaf import compile_leaf
from transforms.audience.explaining import borders
from transforms.audience.explaining.person import PersonReader, Truth, alone, leaf_truths, node_truths
from transforms.audience.explaining.question import Question, flat
from transforms.audience.explaining.turning import Timed, TurningPoints
from transforms.audience.leaves.conditions import Moment
from transforms.audience.leaves.errors import LeafError
from transforms.audience.plan import Op, SitePlan

HORIZON = timedelta(days=3_653)  # ten years; what flips later counts as never
_FORESEEN = (
    AliveLeaf, NobodyLeaf, TraitLeaf, EventLeaf, SequenceLeaf, EnteredLeaf, ChangedLeaf, PartLeaf,
)  # fmt: skip


@dataclass(frozen=True)
class Foresight:
    """What is needed to look ahead from as_of: the plan and its truths then, and what is read of the person."""

    question: Question
    plan: SitePlan
    reader: PersonReader
    truths: Mapping[int, Truth]

    def flips(self) -> list[datetime | None]:
        """For every part of the audience's outline, in its order, when its truth is another one for the first time."""
        parts = list(flat(self.plan.outlines[self.question.audience]))
        before = [self.truths[part.node] for part in parts]
        found: list[datetime | None] = [None] * len(parts)
        for at in self._moments():
            waiting = [i for i, truth in enumerate(before) if found[i] is None and truth is not None]
            if not waiting:
                break
            now = self._truths_at(at)
            for i in waiting:
                if now[i] is not before[i]:
                    found[i] = at
        return found

    def _truths_at(self, at: datetime) -> list[Truth]:
        plan = self.question.compile_at(at)
        if not _are_alike(plan, self.plan):
            return [self.truths[part.node] for part in flat(self.plan.outlines[self.question.audience])]
        plan = self._held(plan)
        chosen = zip(_selections(plan), self._cuts, strict=True)
        truths = node_truths(plan, self._later, {node: _open(cut) for node, cut in chosen})
        return [truths[part.node] for part in flat(plan.outlines[self.question.audience])]

    def _held(self, plan: SitePlan) -> SitePlan:
        """A later plan with what is taken as it is now: leaves as they are true, selections as they rank and cut."""
        leaves = list(plan.leaves)
        is_alive = bool(alone(self.reader, []).population.alive.any())
        for node, now in zip(_fixed_leaves(plan), _fixed_leaves(self.plan), strict=True):
            leaves[node] = self.plan.leaves[now]
            if is_alive and (truth := self.truths[now]) is not None:  # what is known need not be read again
                leaves[node] = AliveLeaf() if truth else NobodyLeaf()
        return replace(plan, leaves=tuple(leaves), selections=self.plan.selections)

    @cached_property
    def _cuts(self) -> list[Bounds | str]:
        undecided = "the selection has not been decided"
        return [self.question.bounds.get(node, undecided) for node in _selections(self.plan)]

    @cached_property
    def _later(self) -> PersonReader:
        members = {
            key: truth
            for key, node in zip(self.plan.keys, self.plan.outputs, strict=True)
            if (truth := self.truths[node]) is not None
        }
        return self.reader.published(members)

    def _moments(self) -> Iterator[datetime]:
        """The instants at which any part may change, ascending; between two of them none does."""
        now = microseconds(self.question.as_of)
        horizon = horizon_of(self.question.as_of)
        rules = [self.question.audiences[key].rule for key in self.plan.keys if key in self.question.audiences]
        nodes = {node for rule in rules for node in tree.walk(rule)}
        entered = [node for node in nodes if isinstance(node, tree.AudienceNode) and node.entered is not None]
        changes = self._changes([node for node in nodes if isinstance(node, Timed)], now, horizon)
        changes |= {at for node in entered for at in self._entry_changes(node)}
        changes |= {at for key in self.plan.keys for at in self._stays(key)}
        changes |= {at for node in entered for at in self._newcomers(node, {now, *changes})}
        for at in sorted(changes):
            if now < at <= horizon:
                yield instant_of(at)

    def _changes(self, nodes: Sequence[Timed], now: int, horizon: int) -> set[int]:
        """When conditions change their truth, each asked at all its turning points, all of them at once."""
        zone = self.question.zone
        turning = TurningPoints(self.reader, Moment(self.question.as_of, zone), horizon=horizon)
        courses = []
        for node in nodes:
            instants = [now, *sorted({at for at in turning.of(node) if now < at <= horizon})]
            leaves = [compile_leaf(node, Moment(instant_of(at), zone)) for at in instants]
            courses.append(list(zip(instants, leaves, strict=True)))
        truths = leaf_truths([leaf for course in courses for _, leaf in course], self.plan, self.reader)
        return {
            at
            for course in courses
            for (_, before), (at, leaf) in pairwise(course)
            if truths[leaf] is not truths[before]
        }

    def _entry_changes(self, node: tree.AudienceNode) -> Iterator[int]:
        try:
            entries = self._later.entries(node.audience)
        except LeafError:
            return
        for at in entries:
            yield from borders.of_entry(node.entered, at, self.question.zone)

    def _stays(self, key: str) -> Iterator[int]:
        """When a stay in an audience, or a wait for it, has lasted as long as its definition asks; and the next run.

        Who leaves because of ``max_stay`` may come back with that already.
        """
        definition = self.question.audiences.get(key)
        stay = None if definition is None else definition.membership
        if stay is None:
            return
        yield microseconds(self.question.as_of) + 1
        for duration in (stay.min_stay, stay.max_stay, stay.cooldown):
            if duration is not None:
                stretch = duration.delta // timedelta(microseconds=1)
                yield from (change.as_of + stretch for change in self._later.changes(key))

    def _newcomers(self, node: tree.AudienceNode, changes: set[int]) -> Iterator[int]:
        """When a run would find that the person enters an audience within a window that ends at that very run."""
        if node.audience in self.plan.keys:
            for at in changes:
                yield from borders.of_newcomers(node.entered, at, self.question.zone)


class _Open(dict[Label, tuple[Bound, Bound]]):
    """The cuts of a selection; a group that has nobody yet has room."""

    def __missing__(self, label: Label) -> tuple[Bound, Bound]:
        return NOBODY, None


def _open(cuts: Bounds | str) -> Bounds | str:
    return cuts if isinstance(cuts, str) else _Open(cuts)


def fixed_nodes(plan: SitePlan) -> frozenset[int]:
    """The nodes of a plan that are taken as they are now, because what they will be is not up to the person alone."""
    return frozenset([*_fixed_leaves(plan), *_selections(plan)])


def _fixed_leaves(plan: SitePlan) -> list[int]:
    """What this run finds counts as published: of its own audiences the published members are not fixed."""

    def is_fixed(leaf: Leaf) -> bool:
        is_own = isinstance(leaf, PublishedLeaf) and leaf.audience in plan.keys
        return not is_own and not isinstance(leaf, _FORESEEN)

    return [node for node, leaf in enumerate(plan.leaves) if is_fixed(leaf)]


def _are_alike(plan: SitePlan, other: SitePlan) -> bool:
    """Whether what is fixed stands in the same order; not where two conditions mean the same at one of the instants."""
    return len(_fixed_leaves(plan)) == len(_fixed_leaves(other)) and len(plan.selections) == len(other.selections)


def _selections(plan: SitePlan) -> list[int]:
    return [node for node, op, _, _ in plan.inner_nodes() if op is Op.CHOSEN]


def horizon_of(as_of: datetime) -> int:
    last = datetime.max.replace(tzinfo=UTC) - HORIZON
    return microseconds(min(as_of, last) + HORIZON)
