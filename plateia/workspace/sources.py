"""Sources: parsed, checked against the sites and the environment, their filters bound and their paths resolved."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from pydantic import ValidationError

from plateia.catalogue import Attribute, Catalogue, ValueType
from plateia.config import Document, KeyPath, Plain
from plateia.declarations.environments import Environment
from plateia.declarations.reading import Read
from plateia.declarations.sites import Site
from plateia.declarations.sources import KINDS, AnySource, Source
from plateia.errors import Problem, did_you_mean, echo, one_of
from plateia.rules import parse_filter
from plateia.scalars import NAME, parse_date, parse_number, problems_of, shown
from plateia.workspace.catalogue import CatalogueBuilder
from plateia.workspace.folder import Findings, Folder
from plateia.workspace.naming import name_of, repeated

_ORDERED = ("lt", "lte", "gt", "gte", "between")
_OF_ARRAYS = ("any_of", "all_of", "none_of", "size")
_OF_DATES = ("anniversary_in", "last", "from", "to", "days", "this", "previous", "since", "until", "next")
_GROUPS = ("any", "all", "none")


def load_sources(
    folder: Folder,
    environment: Environment | None,
    sites: Mapping[str, Site],
    scores: frozenset[str],
    findings: Findings,
) -> tuple[dict[str, Source], Catalogue]:
    """Every sound source by name, and the catalogue of what all of them declare.

    Without an environment (it is broken) paths stay as they are written.
    """
    builder = CatalogueBuilder({name: site.zone for name, site in sites.items()})
    sources: dict[str, Source] = {}
    twice = repeated(folder.documents["sources"], "source")
    for problems in twice.values():
        findings.refuse("sources", problems)
    for document in folder.documents["sources"]:
        if document.problems:
            builder.salvage(document)
            continue
        source, problems = _parse(document)
        problems += _unknown_sites(document, sites)
        problems += _unknown_variables(document, environment) if environment else ()
        if source is None:
            builder.salvage(document)
        else:
            problems += _unknown_joins(document, source)
            problems += _direct_identifiers(document, source, environment) if environment else ()
            problems += builder.add(document, source)
            source, of_filter = _bind_filter(document, source)
            problems += of_filter
            if not problems and source.source not in twice:
                sources[source.source] = _resolved(source, environment) if environment else source
        findings.refuse("sources", problems)
    return sources, builder.build(scores)


def _parse(document: Document) -> tuple[Source | None, list[Problem]]:
    kind = document.value.get("kind")
    if kind is None:
        return None, [document.problem(("kind",), "no key 'kind'", one_of(KINDS))]
    if not isinstance(kind, str) or kind not in KINDS:
        hint = did_you_mean(kind, KINDS) if isinstance(kind, str) else None
        return None, [document.problem(("kind",), shown(kind), one_of(KINDS), hint)]
    try:
        return KINDS[kind].model_validate(document.value), []
    except ValidationError as error:
        return None, problems_of(error, document)


def _unknown_sites(document: Document, sites: Collection[str]) -> Iterator[Problem]:
    site = document.value.get("site")
    mapped = site.get("map") if isinstance(site, dict) else None
    named: dict[KeyPath, Plain] = {("site",): site} if isinstance(site, str) else {}
    if isinstance(mapped, dict):
        named = {("site", "map", value): name for value, name in mapped.items()}
    for path, name in named.items():
        if isinstance(name, str) and NAME.fullmatch(name) and name not in sites:
            yield document.problem(path, f"the unknown site {echo(name)}", one_of(sites), did_you_mean(name, sites))


def _unknown_joins(document: Document, source: AnySource) -> Iterator[Problem]:
    """Only what looks like a slip: a dot also leads into the structures of nested files."""
    for path, column in source.columns():
        join, dot, _ = column.partition(".")
        if dot and join not in source.joins and (hint := did_you_mean(join, source.joins)):
            yield document.problem(path, f"the unknown join {echo(join)}", one_of(source.joins), hint)


def _paths(document: Document) -> Iterator[tuple[KeyPath, str]]:
    """Every path that a document reads from, as it is written."""
    joins = document.value.get("joins")
    parts: dict[KeyPath, Plain] = {(): document.value}
    parts.update({("joins", name): join for name, join in joins.items()} if isinstance(joins, dict) else {})
    for path, part in parts.items():
        read = part.get("read") if isinstance(part, dict) else None
        written = read.get("path") if isinstance(read, dict) else None
        if isinstance(written, str):
            yield (*path, "read", "path"), written


def _unknown_variables(document: Document, environment: Environment) -> Iterator[Problem]:
    known = environment.variables
    for path, written in _paths(document):
        for name in environment.unknown_variables(written):
            got = f"the unknown variable {echo(name)}"
            expected = f"{one_of(known)} (`variables` of the environment {environment.name})"
            yield document.problem(path, got, expected, did_you_mean(name, known))


def _direct_identifiers(document: Document, source: Source, environment: Environment) -> Iterator[Problem]:
    key = "traits" if source.kind == "people" else "properties"
    for name, column in source.declared().items():
        if column.pii == "direct" and environment.keys.pii is None:
            expected = f"`keys: {{pii: VARIABLE}}` in the environment {environment.name}"
            yield document.problem((key, name, "pii"), "a direct identifier, but no key to tokenise it", expected)


def _bind_filter(document: Document, source: Source) -> tuple[Source, list[Problem]]:
    where = document.value.get("where")
    if where is None:
        return source, []
    attributes = {column.column: column.attribute(column.column) for column in source.declared().values()}
    inferred = {name: attributes.get(name) or _inferred(name, cond) for name, cond in _conditions(where)}
    row_filter, problems = parse_filter(where, inferred, document=document, path=("where",))
    return (source.filtered(row_filter) if row_filter else source), problems


def _conditions(where: Plain) -> Iterator[tuple[str, Plain]]:
    """The columns that a filter names, with their conditions."""
    if isinstance(where, dict):
        for key, value in where.items():
            if key in _GROUPS and isinstance(value, list):
                for item in value:
                    yield from _conditions(item)
            else:
                yield key, value


def _inferred(column: str, cond: Plain) -> Attribute:
    """A column that is not declared is compared as text; by order as a number, or as the date or instant it is."""
    operators = cond if isinstance(cond, dict) else {}
    if any(operator in operators for operator in _OF_ARRAYS):
        return Attribute(column, ValueType("array"))
    if any(operator in operators for operator in _OF_DATES):
        return Attribute(column, ValueType("date"))
    bound = next((operators[operator] for operator in _ORDERED if operator in operators), None)
    if isinstance(bound, list):
        bound = bound[0] if bound else None
    if not isinstance(bound, str):
        return Attribute(column, ValueType("string"))
    if parse_number(bound) is not None:
        return Attribute(column, ValueType("double"))
    return Attribute(column, ValueType("date" if parse_date(bound) else "timestamp"))


def _resolved(source: Source, environment: Environment) -> Source:
    """The same source with absolute paths."""

    def absolute(read: Read | None) -> Read | None:
        if read is None or not read.path:
            return read
        return read.model_copy(update={"path": environment.resolve(read.path)})

    joins = {name: join.model_copy(update={"read": absolute(join.read)}) for name, join in source.joins.items()}
    return source.model_copy(update={"read": absolute(source.read), "joins": joins})


def source_names(folder: Folder) -> frozenset[str]:
    """Every source that has a document, sound or not."""
    return frozenset(name for document in folder.documents["sources"] if (name := name_of(document, "source")))
