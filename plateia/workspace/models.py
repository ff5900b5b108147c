"""Features, lookalikes and propensities, bound to the catalogue."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from plateia.catalogue import Catalogue
from plateia.config import Document, KeyPath, definition_hash
from plateia.declarations.features import Family, Feature, FeatureForm, FeatureSet, FeatureSetForm, MeasureKind
from plateia.declarations.lookalikes import Lookalike, LookalikeForm, LookalikeGuards, SeedList, TopN
from plateia.declarations.propensities import Propensity, PropensityForm
from plateia.errors import echo
from plateia.rules.binding.document import bind_consent, bind_refresh, bind_sites, bind_valued_event
from plateia.rules.binding.filters import Row, bind_filter
from plateia.rules.binding.lists import Lists
from plateia.rules.binding.measures import bind_value
from plateia.rules.binding.report import Report
from plateia.rules.binding.sequences import event_row
from plateia.rules.binding.windows import bind_window
from plateia.scalars import StrictModel, problems_of

Form = TypeVar("Form", bound=StrictModel)


def read_form(model: type[Form], report: Report) -> Form | None:
    """The document as a form, or None where its structure was reported."""
    try:
        return model.model_validate(report.document.value)
    except ValidationError as error:
        report.problems += problems_of(error, report.document)
        return None


def bind_features(document: Document, report: Report, *, catalogue: Catalogue) -> FeatureSet | None:
    """The feature set of a document, or None where anything was reported."""
    form = read_form(FeatureSetForm, report)
    if form is None:
        return None
    sites = bind_sites(form.sites, catalogue, report)
    features: list[Feature] = []
    for position, part in enumerate(form.list):
        path: KeyPath = ("list", position)
        if any(part.feature == before.feature for before in form.list[:position]):
            report.refuse((*path, "feature"), f"the feature {echo(part.feature)} a second time", "each feature once")
        bound = (
            _event_feature(part, catalogue, path, report)
            if part.event
            else _trait_feature(part, catalogue, path, report)
        )
        features += [bound] if bound else []
    if report.problems:
        return None
    place, digest = document.locate(), definition_hash(document.value)
    return FeatureSet(form.features, form.owner, sites, tuple(features), digest, place)


def _event_feature(form: FeatureForm, catalogue: Catalogue, path: KeyPath, report: Report) -> Feature | None:
    row = event_row(form.event or "", catalogue, (*path, "event"), report)
    window = bind_window(form.window, (*path, "window"), report) if form.window else None
    if row is None:
        return None
    where = bind_filter(form.where, row, (*path, "where"), report) if form.where else None
    measure = _measure(form, row, path, report)
    per = form.per
    if per is not None:
        _family_property(per.of, row, (*path, "per", "of"), report)
    if measure is None:
        return None
    kind, of = measure
    family = Family(per.of, per.min_people or 1, per.values) if per else None
    unit = form.recency.unit if form.recency else "d"
    return Feature(form.feature, form.transform, family, form.event, kind, of, unit, where, window)


def _measure(form: FeatureForm, row: Row, path: KeyPath, report: Report) -> tuple[MeasureKind, str | None] | None:
    own = sorted(form.model_fields_set & {"recency", "share"})
    shared = sorted(form.model_fields_set & {"count", "sum", "avg", "min", "max", "distinct", "days"})
    if len(own) + len(shared) > 1:
        report.refuse(
            path, f"the measures {' and '.join(own + shared)}", "at most one measure", "Write one feature for each."
        )
        return None
    if form.recency is not None:
        return "recency", None
    if form.share is not None:
        attribute = row.attribute(form.share.of, (*path, "share", "of"), report)
        if attribute and not attribute.type.is_number:
            report.refuse((*path, "share", "of"), f"share of {form.share.of}, which is {attribute.type}", "a number")
        return ("share", form.share.of) if attribute and attribute.type.is_number else None
    measure = bind_value(form, row, path, report)
    if measure is None or measure.kind == "first" or measure.kind == "last":
        return None
    if measure.kind in ("min", "max") and measure.of_type and not measure.of_type.is_number:
        report.refuse(
            (*path, measure.kind, "of"), f"{measure.kind} of {measure.of}, which is {measure.of_type}", "a number"
        )
        return None
    return measure.kind, measure.of


def _family_property(name: str, row: Row, path: KeyPath, report: Report) -> None:
    attribute = row.attribute(name, path, report)
    if attribute is None:
        return
    if attribute.type.kind not in ("string", "boolean", "long"):
        report.refuse(path, f"a family over {name}, which is {attribute.type}", "a property of text, boolean or long")
    if attribute.sensitive or attribute.pii == "direct":
        report.refuse(path, f"{echo(name)}, which its source marks as private", "a property that models may use")


def _trait_feature(form: FeatureForm, catalogue: Catalogue, path: KeyPath, report: Report) -> Feature | None:
    name = form.trait or ""
    trait = catalogue.traits.get(name)
    if trait is None:
        report.unknown((*path, "trait"), "trait", name, catalogue.traits)
        return None
    if trait.sensitive or trait.pii == "direct":
        mark = "sensitive" if trait.sensitive else "a direct identifier"
        report.refuse(
            (*path, "trait"), f"{echo(name)}, which its source marks as {mark}", "a trait that models may use"
        )
    if form.one_hot is None and not (trait.type.is_number or trait.type.kind == "boolean"):
        report.refuse(path, f"{echo(name)}, which is {trait.type}, as a number", "one_hot: {min_people: 50} beside it")
    one_hot = Family(name, form.one_hot.min_people or 1, form.one_hot.values) if form.one_hot else None
    return Feature(form.feature, form.transform, one_hot, trait=name, type=trait.type)


def bind_lookalike(
    document: Document, report: Report, *, catalogue: Catalogue, lists: Lists, feature_sets: Collection[str]
) -> Lookalike | None:
    """The lookalike of a document, or None where anything was reported; its seed is checked with the audiences."""
    form = read_form(LookalikeForm, report)
    if form is None:
        return None
    seed_file = None
    if isinstance(form.seed, SeedList):
        seed_file = lists.resolve(form.seed.file, _folder_of(document, lists), ("seed", "list"), report)
    weights = bind_valued_event(form.weights, catalogue, ("weights",), report) if form.weights else None
    sites = bind_sites(form.sites, catalogue, report)
    _known_features(form.features, feature_sets, report)
    consent, refresh = bind_consent(form.consent, catalogue, report), bind_refresh(form.refresh, report)
    if report.problems:
        return None
    guards = form.guards
    return Lookalike(
        key=form.lookalike,
        title=form.title,
        owner=form.owner,
        seed=form.seed if isinstance(form.seed, str) else None,
        seed_file=seed_file,
        weights=weights,
        sites=sites,
        features=form.features,
        audiences={key: size.n if isinstance(size, TopN) else size for key, size in form.audiences.items()},
        method=form.method,
        consent=consent,
        guards=LookalikeGuards(guards.min_seed, guards.max_seed, guards.min_gain_over_activity),
        refresh=refresh,
        definition_hash=definition_hash(document.value),
        place=document.locate(),
    )


def bind_propensity(
    document: Document, report: Report, *, catalogue: Catalogue, feature_sets: Collection[str]
) -> Propensity | None:
    """The propensity of a document, or None where anything was reported."""
    form = read_form(PropensityForm, report)
    if form is None:
        return None
    row = event_row(form.event, catalogue, ("event",), report)
    where = bind_filter(form.where, row, ("where",), report) if form.where and row else None
    sites = bind_sites(form.sites, catalogue, report)
    _known_features(form.features, feature_sets, report)
    refresh = bind_refresh(form.refresh, report)
    if report.problems:
        return None
    digest, place = definition_hash(document.value), document.locate()
    return Propensity(
        form.propensity,
        form.title,
        form.owner,
        form.event,
        where,
        form.horizon,
        form.features,
        sites,
        refresh,
        digest,
        place,
    )


def _known_features(name: str, known: Collection[str], report: Report) -> None:
    if name not in known:
        report.unknown(("features",), "feature set", name, known)


def _folder_of(document: Document, lists: Lists) -> Path:
    """Where relative list files of a document start."""
    return document.origin.source.path.parent if document.origin else lists.root
