"""Suites of expectations, bound to the columns of the source or table that they judge."""

from __future__ import annotations

from collections.abc import Mapping

from plateia.catalogue import Attribute, Catalogue, ValueType
from plateia.config import Document, KeyPath
from plateia.declarations.expectation_types import read_parameters
from plateia.declarations.sources import RelationSource, Source
from plateia.declarations.suites import Expectation, ExpectationForm, Limits, LimitsForm, Suite, SuiteForm
from plateia.rules.binding.filters import Row, bind_filter
from plateia.rules.binding.report import Report
from plateia.workspace.models import read_form

_TEXT, _LONG, _INSTANT = ValueType("string"), ValueType("long"), ValueType("timestamp")
_PEOPLE = {"site": _TEXT, "block": _LONG, "ordinal": _LONG, "alive": ValueType("boolean"), "person_id": _TEXT}
_EVENTS = {"site": _TEXT, "period": ValueType("date"), "block": _LONG, "ordinal": _LONG, "at": _INSTANT,
           "event_id": _TEXT, "source_key": _TEXT}  # fmt: skip
_CONSENTS = {"site": _TEXT, "block": _LONG, "ordinal": _LONG, "at": _INSTANT, "purpose": _TEXT,
             "granted": ValueType("boolean")}  # fmt: skip
_OF_PERSON = {"site": _TEXT, "block": _LONG, "ordinal": _LONG, "to_key": _TEXT}
_OF_ENTITY = {"site": _TEXT, "from_key": _TEXT, "to_key": _TEXT}
_INPUT = {"site": _TEXT, "person_id": _TEXT, "source_key": _TEXT, "at": _INSTANT, "event_id": _TEXT}
_INPUT_OF_RELATIONS = {"site": _TEXT, "person_id": _TEXT, "from_key": _TEXT, "to_key": _TEXT}
_OTHER_TABLES = (
    "audience_changes", "audience_current", "audience_members", "audience_runs", "consents", "people_features",
    "person_ordinals", "quality_results", "scores", "scores_current", "warehouse_current",
)  # fmt: skip


def bind_suite(
    document: Document,
    report: Report,
    *,
    sources: Mapping[str, Source],
    known_sources: frozenset[str],
    catalogue: Catalogue,
) -> Suite | None:
    """The suite of a document, or None where anything was reported.

    A suite of a source that is itself broken is checked as far as that goes: its columns are not known.
    """
    form = read_form(SuiteForm, report)
    if form is None:
        return None
    if form.input is not None and form.input not in known_sources:
        report.unknown(("input",), "source", form.input, known_sources)
    if form.table is not None and not _is_table(form.table, catalogue):
        report.unknown(("table",), "table", form.table, _tables(catalogue))
    row = _row(form, sources, catalogue)
    limits = _limits(form, sources, report)
    bound = [
        _expectation(expectation, row, ("expectations", position), report)
        for position, expectation in enumerate(form.expectations)
    ]
    if report.problems:
        return None
    expectations = tuple(expectation for expectation in bound if expectation)
    return Suite(form.suite, form.input, form.table, form.empty, limits, expectations, document.locate())


def _tables(catalogue: Catalogue) -> list[str]:
    events = [f"event_{name}" for name in catalogue.events]
    return ["people", *events, *(f"relation_{name}" for name in catalogue.relations), *_OTHER_TABLES]


def _is_table(name: str, catalogue: Catalogue) -> bool:
    return name in _tables(catalogue)


def _row(form: SuiteForm, sources: Mapping[str, Source], catalogue: Catalogue) -> Row | None:
    """The columns that a suite may name; None where they are not known here."""
    if form.input is not None:
        source = sources.get(form.input)
        if source is None:
            return None
        fixed_input = _INPUT_OF_RELATIONS if isinstance(source, RelationSource) else _INPUT
        declared = {name: column.attribute(name) for name, column in source.declared().items()}
        return Row(f"column of {form.input}", {**_fixed(fixed_input), **declared})
    if form.table == "people":
        return Row("column of people", {**_fixed(_PEOPLE), **catalogue.traits})
    if form.table == "consents":
        return Row("column of consents", _fixed(_CONSENTS))
    relation = catalogue.relations.get((form.table or "").removeprefix("relation_"))
    if relation is not None and form.table == f"relation_{relation.name}":
        fixed = _OF_PERSON if relation.source == "person" else _OF_ENTITY
        return Row(f"column of {form.table}", {**_fixed(fixed), **relation.properties})
    event = catalogue.events.get((form.table or "").removeprefix("event_"))
    if event is not None and form.table == f"event_{event.name}":
        return Row(f"column of {form.table}", {**_fixed(_EVENTS), **event.properties})
    return None


def _fixed(types: Mapping[str, ValueType]) -> dict[str, Attribute]:
    return {name: Attribute(name, value_type) for name, value_type in types.items()}


def _limits(form: SuiteForm, sources: Mapping[str, Source], report: Report) -> Limits:
    limits = form.limits or LimitsForm()
    source = sources.get(form.input or "")
    for name in limits.unmatched if source else ():
        if source and name not in source.joins:
            report.unknown(("limits", "unmatched", name), "join", name, source.joins)
    return Limits(
        quarantined=limits.quarantined.max if limits.quarantined else None,
        duplicates=limits.duplicates.max if limits.duplicates else None,
        unmatched={name: share.max for name, share in limits.unmatched.items()},
        age=limits.age.max.delta if limits.age else None,
        schema=limits.schema_change,
    )


def _expectation(form: ExpectationForm, row: Row | None, path: KeyPath, report: Report) -> Expectation | None:
    given = dict(form.model_extra or {})
    parameters, problems = read_parameters(form.type, given)
    for problem in problems:
        below = (*path, problem.where.path) if problem.where.path else path
        report.refuse(below, problem.got, problem.expected, problem.hint)
    if row is not None:
        _known_columns(parameters, row, path, report)
    where = bind_filter(form.where, row, (*path, "where"), report) if form.where and row else None
    return Expectation(form.type, parameters, form.severity, where)


def _known_columns(parameters: Mapping[str, object], row: Row, path: KeyPath, report: Report) -> None:
    for key in ("column", "column_A", "column_B"):
        name = parameters.get(key)
        if isinstance(name, str):
            row.attribute(name, (*path, key), report)
    for key in ("column_list", "column_set"):
        names = parameters.get(key)
        for position, name in enumerate(names if isinstance(names, list) else ()):
            row.attribute(str(name), (*path, key, position), report)
