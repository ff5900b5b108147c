"""Leaves become claims: each distinct leaf once, whatever number of rules it stands in."""

from __future__ import annotations

from datetime import date
from functools import cached_property, partial

from plateia.catalogue import Catalogue, ValueType
from plateia.rules.canonical import canonical_text
from plateia.rules.lint.claims import NEVER, UNKNOWN, Claim
from plateia.rules.lint.leaves.filters import Attributes, JudgedFilter, judged_filter
from plateia.rules.lint.leaves.measured import measured_claim, zero_among
from plateia.rules.lint.leaves.opened import opened
from plateia.rules.lint.leaves.places import filters_in
from plateia.rules.lint.leaves.rows import Rows, event_rows, related_rows
from plateia.rules.lint.leaves.sequences import sequence_claim
from plateia.rules.lint.leaves.subjects import claim_on, subject_of, whole
from plateia.rules.lint.leaves.windows import is_empty, is_future
from plateia.rules.lint.screening.plain import is_plain_filter, is_plain_leaf
from plateia.rules.lint.values.conditions import condition_claim
from plateia.rules.lint.values.sets import NO, YES
from plateia.rules.tree import (
    AudienceNode,
    EventNode,
    Filter,
    Group,
    ListNode,
    Node,
    NOf,
    RelatedNode,
    ScoreNode,
    SequenceNode,
    TraitNode,
    Window,
)

_SCORE = ValueType("double")
_COMPARING = frozenset(("lt", "lte", "between", "ne", "not_in"))


class LeafReader:
    """Claims of leaves against one catalogue, as of one day."""

    def __init__(self, catalogue: Catalogue, today: date) -> None:
        self.catalogue, self.today = catalogue, today
        self._claims: dict[Node, Claim] = {}
        self._notable: dict[Node, bool] = {}

    def claim(self, leaf: Node) -> Claim:
        """What a leaf claims."""
        found = self._claims.get(leaf)
        if found is None:
            found = self._claims[leaf] = self._read(leaf)
        return found

    def is_notable(self, leaf: Node) -> bool:
        """Whether there is something to be said about a leaf that is not decided."""
        found = self._notable.get(leaf)
        if found is None and is_plain_leaf(leaf, self.catalogue, self.today):
            found = self._notable[leaf] = False
        if found is None:
            filters = filters_in(leaf, (), self)
            decided = any(self.judged(where, attributes).is_notable for _, where, attributes in filters)
            found = self._notable[leaf] = decided or (isinstance(leaf, EventNode) and self.takes_in_never(leaf))
        return found

    def takes_in_never(self, leaf: EventNode) -> bool:
        """Whether a comparison lets in who never did it, beside people who did."""
        tests = leaf.measure.condition.tests if leaf.measure.condition else ()
        if leaf.measure.kind not in ("count", "sum", "distinct", "days") or _COMPARING.isdisjoint(t.op for t in tests):
            return False
        return zero_among(leaf.measure, self.rows_of(leaf), self.properties(leaf.event))

    def _read(self, leaf: Node) -> Claim:
        text = partial(canonical_text, leaf)
        match leaf:
            case TraitNode():
                attribute = self.catalogue.traits.get(leaf.trait)
                claim = condition_claim(leaf.condition, leaf.type, attribute.values if attribute else None)
                return claim_on(leaf.trait, claim, text)
            case EventNode():
                if self.is_future(leaf.measure.window) or is_empty(leaf.measure.window):
                    return NEVER
                rows = self.rows_of(leaf)
                return measured_claim(leaf.measure, rows, self.properties(leaf.event), text)
            case SequenceNode():
                return sequence_claim(leaf, self)
            case AudienceNode(entered=None):
                return membership(leaf.audience)
            case AudienceNode():
                return NEVER if self.is_future(leaf.entered) else whole(text(), UNKNOWN)
            case ScoreNode() if leaf.condition is not None:
                return claim_on(f"score {leaf.score}", condition_claim(leaf.condition, _SCORE), text)
            case RelatedNode():
                return self._related(leaf)
            case ListNode() | ScoreNode():
                return whole(text(), UNKNOWN)
            case Group() | NOf():
                raise TypeError("a group is no leaf")

    @cached_property
    def without_closed_sets(self) -> LeafReader:
        """The same, as if no attribute had a closed set of values."""
        return LeafReader(opened(self.catalogue), self.today)

    def properties(self, event: str) -> Attributes:
        """The properties of an event type; none where the catalogue does not know it."""
        found = self.catalogue.events.get(event)
        return found.properties if found else {}

    def columns(self, relation: str) -> Attributes:
        """The properties of a relation; none where the catalogue does not know it."""
        found = self.catalogue.relations.get(relation)
        return found.properties if found else {}

    def judged(self, where: Filter, attributes: Attributes) -> JudgedFilter:
        """A filter, judged."""
        return judged_filter(where, attributes)

    def is_future(self, window: Window | None) -> bool:
        """Whether a window on what has happened lies in the future."""
        return is_future(window, self.today)

    def rows_of(self, leaf: EventNode) -> Rows:
        """The events that a leaf measures."""
        return self.events(leaf.event, leaf.where, leaf.window)

    def events(self, event: str, where: Filter | None, window: Window | None) -> Rows:
        """The events of a type that match a filter and lie in a window."""
        lies_ahead = is_empty(window) or self.is_future(window)
        return event_rows(event, where, window, are_none=lies_ahead or self._is_never(where, self.properties(event)))

    def _is_never(self, where: Filter | None, attributes: Attributes) -> bool:
        if where is None or is_plain_filter(where, attributes):
            return False
        return self.judged(where, attributes).claim.is_never

    def _related(self, leaf: RelatedNode) -> Claim:
        are_none = any(self._is_never(hop.where, self.columns(hop.relation)) for hop in leaf.hops)
        attributes = self.columns(leaf.hops[-1].relation)
        rows = related_rows(leaf.hops, are_none=are_none)
        if leaf.measure is not None:
            return measured_claim(leaf.measure, rows, attributes, partial(canonical_text, leaf))
        if self._is_never(leaf.every, attributes) or rows.are_none:
            return NEVER
        return whole(canonical_text(leaf), Claim(rows.exist, {}))


def membership(audience: str) -> Claim:
    """Being a member of an audience."""
    subject = subject_of(f"membership of {audience}")
    return Claim({subject: YES}, {subject: NO})


def outside(audience: str) -> Claim:
    """Not being a member of an audience."""
    claim = membership(audience)
    return Claim(claim.if_false, claim.if_true)
