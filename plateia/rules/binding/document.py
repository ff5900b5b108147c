"""A whole audience document: its head, and what is done to the members after the rule."""

from __future__ import annotations

import re

from plateia.catalogue import Attribute, Catalogue
from plateia.config import KeyPath, definition_hash
from plateia.errors import Location, echo
from plateia.rules.binding.cron import cron_fault
from plateia.rules.binding.filters import bind_filter
from plateia.rules.binding.measures import bind_value
from plateia.rules.binding.nodes import NodeBinder
from plateia.rules.binding.report import Report
from plateia.rules.binding.sequences import event_row
from plateia.rules.binding.windows import bind_window, check_duration
from plateia.rules.grammar import document as grammar
from plateia.rules.tree import (
    Audience,
    Condition,
    Consent,
    EventNode,
    Guards,
    Membership,
    Refresh,
    ScoreNode,
    Shape,
    Split,
    TraitNode,
)

_PART = re.compile(r"[a-z0-9-]{1,80}", re.ASCII)
_THE_VALUE_ITSELF = Condition(())


def bind_document(
    form: grammar.AudienceDocument, nodes: NodeBinder, catalogue: Catalogue, report: Report
) -> Audience | None:
    """The audience that a document states, or None where anything was reported as a problem."""
    document = report.document
    rule = nodes.bind(form.rule, ("rule",))
    sites = bind_sites(form.sites, catalogue, report)
    refresh = bind_refresh(form.refresh, report)
    consent = bind_consent(form.consent, catalogue, report)
    membership = _membership(form.membership, report)
    shape = _shape(form.shape, catalogue, report)
    split = _split(form.split, catalogue, report)
    guards = _guards(form.guards, report)
    yields_to = _above(form.audience, form.priority, catalogue, report)
    exclude = _exclude(form.exclude or (), report)
    if rule is None or report.problems:
        return None
    return Audience(
        key=form.audience,
        title=form.title or form.audience,
        owner=form.owner or "",
        sites=sites,
        rule=rule,
        definition_hash=definition_hash(document.value),
        where=Location(document.file, document.origin.line + 1 if document.origin else None),
        refresh=refresh,
        exclude=exclude,
        consent=consent,
        membership=membership,
        shape=shape,
        split=split,
        priority=form.priority,
        yields_to=yields_to,
        guards=guards,
        destinations=form.destinations or (),
    )


def bind_sites(written: tuple[str, ...], catalogue: Catalogue, report: Report) -> tuple[str, ...]:
    """The sites of a document, sorted; ``all`` is every site there is."""
    if written == ("all",):
        return tuple(sorted(catalogue.sites))
    for position, site in enumerate(written):
        if site not in catalogue.sites:
            report.unknown(("sites", position), "site", site, catalogue.sites)
    return tuple(sorted(written))


def bind_valued_event(
    form: grammar.ValuedEventForm, catalogue: Catalogue, path: KeyPath, report: Report
) -> EventNode | None:
    """A measure of a person's events whose value is used as it is, or None where something was reported."""
    problems_before = len(report.problems)
    row = event_row(form.event, catalogue, (*path, "event"), report)
    window = bind_window(form.window, (*path, "window"), report) if form.window else None
    if row is None:
        return None
    where = bind_filter(form.where, row, (*path, "where"), report) if form.where else None
    measure = bind_value(form, row, path, report)
    if measure is None or len(report.problems) > problems_before:
        return None
    return EventNode(form.event, measure, where, window)


def _exclude(keys: tuple[str, ...], report: Report) -> tuple[str, ...]:
    for position, key in enumerate(keys):
        if key in keys[:position]:
            report.refuse(("exclude", position), f"{echo(key)} a second time", "each audience once")
    return keys


def _above(key: str, priority: str | None, catalogue: Catalogue, report: Report) -> tuple[str, ...]:
    """The audiences above this one in the priority list that it names."""
    if priority is None:
        return ()
    if priority not in catalogue.priorities:
        report.unknown(("priority",), "priority list", priority, catalogue.priorities)
        return ()
    listed = catalogue.priorities[priority]
    if key not in listed:
        got = f"the priority list {echo(priority)}, which does not name {key}"
        report.refuse(("priority",), got, "a list of priorities.yml that does")
        return ()
    return listed[: listed.index(key)]


def bind_refresh(form: grammar.RefreshForm | None, report: Report) -> Refresh:
    if form is None:
        return Refresh()
    if (form.cron is None) == (form.every is None):
        got = "neither cron nor every" if form.cron is None else "both cron and every"
        report.refuse(("refresh",), got, "either cron or every")
    elif form.every is not None:
        check_duration(form.every, ("refresh", "every"), report)
    elif form.cron is not None and (fault := cron_fault(form.cron)):
        expected = "five fields (minute, hour, day, month, weekday), such as 0 5 * * *"
        report.refuse(("refresh", "cron"), fault, expected)
    return Refresh(form.cron, form.every)


def bind_consent(form: grammar.ConsentForm | None, catalogue: Catalogue, report: Report) -> Consent | None:
    if form is None:
        return None
    if not catalogue.has_consents:
        report.refuse(("consent",), "consent without a source of consents", "a source of kind: consents")
    elif catalogue.purposes is not None and form.purpose not in catalogue.purposes:
        report.unknown(("consent", "purpose"), "purpose", form.purpose, catalogue.purposes)
    return Consent(form.purpose)


def _membership(form: grammar.MembershipForm | None, report: Report) -> Membership | None:
    if form is None:
        return None
    stated = {"min_stay": form.min_stay, "max_stay": form.max_stay, "cooldown": form.cooldown}
    fits = [check_duration(stay, ("membership", key), report) for key, stay in stated.items() if stay]
    if not fits:
        report.refuse(("membership",), "an empty mapping", "one of: min_stay, max_stay, cooldown")
    elif all(fits) and form.min_stay and form.max_stay and form.min_stay.delta > form.max_stay.delta:
        report.refuse(("membership",), "a min_stay longer than max_stay", "min_stay at most max_stay")
    return Membership(form.min_stay, form.max_stay, form.cooldown)


def _shape(form: grammar.ShapeForm | None, catalogue: Catalogue, report: Report) -> Shape | None:
    if form is None:
        return None
    rank_by = _rank(form.rank_by, catalogue, report)
    if form.per is not None:
        _grouping(form.per, catalogue, ("shape", "per"), report)
    if form.limit < 1:
        report.refuse(("shape", "limit"), str(form.limit), "at least 1")
    return Shape(rank_by, form.order, form.limit, form.per) if rank_by else None


def _rank(form: grammar.RankForm, catalogue: Catalogue, report: Report) -> TraitNode | ScoreNode | EventNode | None:
    path: KeyPath = ("shape", "rank_by")
    match form:
        case grammar.ValuedTraitForm():
            trait = _trait(form.trait, catalogue, (*path, "trait"), report)
            if trait and not trait.type.is_ordered:
                got = f"a ranking by {trait.name}, which is {trait.type}"
                report.refuse((*path, "trait"), got, "a trait that is a number, a date or a timestamp")
            return TraitNode(trait.name, trait.type, _THE_VALUE_ITSELF) if trait else None
        case grammar.ValuedScoreForm():
            if form.score not in catalogue.scores:
                report.unknown((*path, "score"), "score", form.score, catalogue.scores)
            return ScoreNode(form.score, _THE_VALUE_ITSELF)
        case grammar.ValuedEventForm():
            return bind_valued_event(form, catalogue, path, report)


def _trait(name: str, catalogue: Catalogue, path: KeyPath, report: Report) -> Attribute | None:
    if name not in catalogue.traits:
        report.unknown(path, "trait", name, catalogue.traits)
    return catalogue.traits.get(name)


def _grouping(name: str, catalogue: Catalogue, path: KeyPath, report: Report) -> None:
    trait = _trait(name, catalogue, path, report)
    if trait and trait.type.kind == "array":
        report.refuse(path, f"groups by {trait.name}, which is {trait.type}", "a trait that has one value a person")


def _split(form: grammar.SplitForm | None, catalogue: Catalogue, report: Report) -> Split | None:
    if form is None:
        return None
    for part, share in form.parts.items():
        if not _PART.fullmatch(part):
            report.refuse(("split", "parts", part), echo(part), "1 to 80 small letters, digits and hyphens")
        if share <= 0:
            report.refuse(("split", "parts", part), "a share of nobody", "more than 0%")
    if sum(form.parts.values()) > 1:
        report.refuse(("split", "parts"), "shares that sum to more than 100%", "at most 100% in all")
    for position, name in enumerate(form.stratify or ()):
        _grouping(name, catalogue, ("split", "stratify", position), report)
    return Split(form.salt, tuple(form.parts.items()), form.stratify or ())


def _guards(form: grammar.GuardsForm | None, report: Report) -> Guards:
    if form is None:
        return Guards()
    for key, bound in (("min_size", form.min_size), ("max_size", form.max_size), ("max_change", form.max_change)):
        if bound is not None and bound < 0:
            report.refuse(("guards", key), "a negative bound", "0 or more")
    if form.min_size is not None and form.max_size is not None and form.min_size > form.max_size:
        got = f"min_size {form.min_size}, max_size {form.max_size}"
        report.refuse(("guards",), got, "min_size at most max_size")
    return Guards(form.min_size, form.max_size, form.max_change)
