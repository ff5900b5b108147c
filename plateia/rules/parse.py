"""Documents become typed trees: structure first, then meaning; every problem of a document is found at once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from plateia.catalogue import Attribute, Catalogue
from plateia.config import Document, KeyPath, Plain
from plateia.errors import Problem
from plateia.rules.binding.document import bind_document, bind_valued_event
from plateia.rules.binding.filters import Row, bind_filter
from plateia.rules.binding.lists import Lists
from plateia.rules.binding.nodes import NodeBinder
from plateia.rules.binding.report import Report
from plateia.rules.binding.windows import bind_window
from plateia.rules.grammar.conditions import FilterForm, FilterText
from plateia.rules.grammar.document import AudienceDocument, ValuedEventForm
from plateia.rules.grammar.times import WindowForm, WindowText
from plateia.rules.salvage import soundest_part
from plateia.rules.tree import Audience, EventNode, Filter, Window
from plateia.scalars import problems_of


def parse_audience(
    document: Document,
    catalogue: Catalogue,
    *,
    lists_root: Path,
    variables: Mapping[str, str],
    warnings: list[Problem] | None = None,
) -> tuple[Audience | None, list[Problem]]:
    """Read one audience document.

    Args:
        document: As the loader gives it; its scalars are text.
        catalogue: What rules may name.
        lists_root: The configuration folder, which the files of ``list:`` must not leave.
        variables: The environment's ``${name}``s, under which they may lie, too.
        warnings: Takes what is allowed but hardly meant, such as a value outside a closed set.

    Returns:
        The audience, or None where there are problems, and every problem of the document in the order of its lines.
    """
    report = Report(document)
    try:
        form: AudienceDocument | None = AudienceDocument.model_validate(document.value)
    except ValidationError as error:
        report.problems += problems_of(error, document)
        form = soundest_part(document.value, error)
    audience = None
    if form is not None:
        nodes = NodeBinder(catalogue, Lists(lists_root, variables), _folder(document, lists_root), report)
        audience = bind_document(form, nodes, catalogue, report)
    if warnings is not None:
        warnings += report.warnings
    return audience, sorted(report.problems, key=lambda problem: problem.where.line or 0)


def parse_filter(
    plain: Plain,
    attributes: Mapping[str, Attribute],
    *,
    document: Document,
    path: KeyPath,
    kind: str = "column",
) -> tuple[Filter | None, list[Problem]]:
    """Read a FILTER at ``path`` of a document; ``kind`` is what its keys are called in messages."""
    report = Report(document)
    form: FilterForm | None = _structure(_filters(), plain, path, report)
    bound = bind_filter(form, Row(kind, attributes), path, report) if form is not None else None
    return bound, report.problems


def parse_window(plain: Plain, *, document: Document, path: KeyPath) -> tuple[Window | None, list[Problem]]:
    """Read a WINDOW on events at ``path`` of a document."""
    report = Report(document)
    form: WindowForm | None = _structure(_windows(), plain, path, report)
    return (bind_window(form, path, report) if form is not None else None), report.problems


def parse_valued_event(
    plain: Plain, catalogue: Catalogue, *, document: Document, path: KeyPath
) -> tuple[EventNode | None, list[Problem]]:
    """Read ``{event, where, window, and a measure without is}`` at ``path``: a number a person, from their events."""
    report = Report(document)
    form: ValuedEventForm | None = _structure(_valued_events(), plain, path, report)
    return (bind_valued_event(form, catalogue, path, report) if form is not None else None), report.problems


def _structure(adapter: TypeAdapter[Any], plain: Plain, path: KeyPath, report: Report) -> Any:
    try:
        return adapter.validate_python(plain)
    except ValidationError as error:
        report.problems += problems_of(error, report.document, path)
        return None


@cache
def _filters() -> TypeAdapter[Any]:
    return TypeAdapter(FilterText)


@cache
def _windows() -> TypeAdapter[Any]:
    return TypeAdapter(WindowText)


@cache
def _valued_events() -> TypeAdapter[Any]:
    return TypeAdapter(ValuedEventForm)


def _folder(document: Document, lists_root: Path) -> Path:
    """The folder of the document's file; a document without a file stands in the configuration folder itself."""
    return document.origin.source.path.parent if document.origin else lists_root
