"""Nodes of a rule, one method a kind."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Literal

from plateia.catalogue import Catalogue, ValueType
from plateia.config import KeyPath
from plateia.errors import echo
from plateia.rules.binding.conditions import Subject, bind_condition
from plateia.rules.binding.filters import Row, bind_filter
from plateia.rules.binding.lists import Lists
from plateia.rules.binding.measures import bind_measure
from plateia.rules.binding.report import Report
from plateia.rules.binding.sequences import bind_sequence, event_row
from plateia.rules.binding.windows import bind_window
from plateia.rules.grammar import nodes as grammar
from plateia.rules.tree import (
    AudienceNode,
    EventNode,
    Group,
    Hop,
    ListNode,
    Node,
    NOf,
    RelatedNode,
    ScoreNode,
    TraitNode,
)

SCORE = ValueType("double")
_TIMELESS = ("days", "first", "last")


class NodeBinder:
    """Binds the nodes of one document; what is wrong goes to the report, and the node is None."""

    def __init__(self, catalogue: Catalogue, lists: Lists, folder: Path, report: Report) -> None:
        self._catalogue, self._lists, self._folder, self._report = catalogue, lists, folder, report

    def bind(self, form: grammar.NodeForm, path: KeyPath) -> Node | None:
        match form:
            case grammar.All():
                return self._group("all", form.all, path)
            case grammar.AnyOf():
                return self._group("any", form.any, path)
            case grammar.NoneOf():
                return self._group("none", form.none, path)
            case grammar.Xor():
                return self._group("xor", form.xor, path)
            case grammar.NOfForm():
                return self._n_of(form.n_of, (*path, "n_of"))
            case grammar.TraitForm():
                return self._trait(form, path)
            case grammar.EventForm():
                return self._event(form, path)
            case grammar.SequenceForm():
                return bind_sequence(form, self._catalogue, path, self._report)
            case grammar.AudienceForm():
                return self._audience(form, path)
            case grammar.ListForm():
                file = self._lists.resolve(form.file, self._folder, (*path, "list"), self._report)
                return ListNode(file) if file else None
            case grammar.ScoreForm():
                return self._score(form, path)
            case grammar.RelatedForm():
                return self._related(form, path)

    def _children(self, forms: tuple[grammar.NodeForm, ...], path: KeyPath) -> tuple[Node, ...] | None:
        children = [self.bind(form, (*path, position)) for position, form in enumerate(forms)]
        sound = tuple(child for child in children if child)
        return sound if len(sound) == len(children) else None

    def _group(
        self, op: Literal["all", "any", "none", "xor"], forms: tuple[grammar.NodeForm, ...], path: KeyPath
    ) -> Node | None:
        children = self._children(forms, (*path, op))
        return Group(op, children) if children else None

    def _n_of(self, form: grammar.Several, path: KeyPath) -> Node | None:
        children = self._children(form.of, (*path, "of"))
        if not 1 <= form.n <= len(form.of):
            self._report.refuse((*path, "n"), str(form.n), f"1 to {len(form.of)}, the number of rules in of")
            return None
        return NOf(form.n, children) if children else None

    def _trait(self, form: grammar.TraitForm, path: KeyPath) -> Node | None:
        attribute = self._catalogue.traits.get(form.trait)
        if attribute is None:
            self._report.unknown((*path, "trait"), "trait", form.trait, self._catalogue.traits)
            return None
        condition = bind_condition(form.condition, Subject.of(attribute), (*path, "is"), self._report)
        return TraitNode(form.trait, attribute.type, condition) if condition else None

    def _event(self, form: grammar.EventForm, path: KeyPath) -> Node | None:
        problems_before = len(self._report.problems)
        row = event_row(form.event, self._catalogue, (*path, "event"), self._report)
        window = bind_window(form.window, (*path, "window"), self._report) if form.window else None
        if row is None:
            return None
        where = bind_filter(form.where, row, (*path, "where"), self._report) if form.where else None
        measure = bind_measure(form, row, path, self._report)
        if measure and measure.kind in ("first", "last") and form.window:
            got, hint = f"a window beside {measure.kind}", f"{measure.kind} looks at all events before as_of."
            self._report.refuse((*path, "window"), got, f"{measure.kind}: WINDOW alone", hint)
        if measure is None or len(self._report.problems) > problems_before:
            return None
        return EventNode(form.event, measure, where, window)

    def _audience(self, form: grammar.AudienceForm, path: KeyPath) -> Node | None:
        if form.entered is None:
            return AudienceNode(form.audience)
        entered = bind_window(form.entered, (*path, "entered"), self._report)
        return AudienceNode(form.audience, entered) if entered else None

    def _score(self, form: grammar.ScoreForm, path: KeyPath) -> Node | None:
        if form.score not in self._catalogue.scores:
            self._report.unknown((*path, "score"), "score", form.score, self._catalogue.scores)
            return None
        if (form.condition is None) == (form.top is None):
            got = "neither is nor top" if form.top is None else "both is and top"
            self._report.refuse(path, got, "either is: COND or top: PERCENT")
            return None
        if form.top is not None and not 0 < form.top <= 1:
            self._report.refuse((*path, "top"), _percent(form.top), "more than 0% and at most 100%")
            return None
        if form.top is not None and form.top > Decimal("0.1") and form.top * 10 % 1:
            got = f"{_percent(form.top)}, where scores below the best tenth are kept by tenths only"
            self._report.refuse((*path, "top"), got, "up to 10%, or a multiple of 10%")
            return None
        if form.condition is None:
            return ScoreNode(form.score, top=form.top)
        subject = Subject(f"the score {form.score}", SCORE)
        condition = bind_condition(form.condition, subject, (*path, "is"), self._report)
        return ScoreNode(form.score, condition) if condition else None

    def _related(self, form: grammar.RelatedForm, path: KeyPath) -> Node | None:
        problems_before = len(self._report.problems)
        hops, row = self._hops(form, path)
        stated = [name for name in _TIMELESS if name in form.model_fields_set]
        if stated:
            got = f"{stated[0]} of related rows, which have no time"
            self._report.refuse((*path, stated[0]), got, "one of: count, sum, avg, min, max, distinct")
        if row is None or len(self._report.problems) > problems_before:
            return None
        if form.every is None:
            measure = bind_measure(form, row, path, self._report)
            return RelatedNode(hops, measure) if measure else None
        if len(form.model_fields_set) > len(("related", "every")):
            self._report.refuse(path, "every beside a measure", "either every or a measure")
            return None
        every = bind_filter(form.every, row, (*path, "every"), self._report)
        return RelatedNode(hops, every=every) if every else None

    def _hops(self, form: grammar.RelatedForm, path: KeyPath) -> tuple[tuple[Hop, ...], Row | None]:
        """The hops, and the row that the last one reaches (None if the way there is unknown)."""
        hops: list[Hop] = []
        standing, row = "person", None
        for position, hop in enumerate(form.related):
            relation_form = hop if isinstance(hop, grammar.HopForm) else grammar.HopForm(relation=hop)
            here: KeyPath = (*path, "related", position)
            relation = self._catalogue.relations.get(relation_form.relation)
            if relation is None:
                self._report.unknown(here, "relation", relation_form.relation, self._catalogue.relations)
                return (), None
            if relation.source != standing:
                got = f"{echo(relation.name)}, which starts at {relation.source}"
                self._report.refuse(here, got, f"a relation that starts at {standing}, where the way has led")
                return (), None
            standing, row = relation.target, Row(f"property of the relation {relation.name}", relation.properties)
            form_of_rows = relation_form.where
            where = bind_filter(form_of_rows, row, (*here, "where"), self._report) if form_of_rows else None
            hops.append(Hop(relation.name, where))
        return tuple(hops), row


def _percent(share: Decimal) -> str:
    return f"{(share * 100).normalize():f}%"
