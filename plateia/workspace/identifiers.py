"""What sources say of identifiers, held against ``identity.yml``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from plateia.catalogue import Catalogue
from plateia.config import Document, KeyPath
from plateia.declarations.identity import Identity
from plateia.declarations.sources import SignalsSource, Source
from plateia.errors import Problem, did_you_mean, echo, one_of
from plateia.workspace.folder import Findings, Folder
from plateia.workspace.naming import name_of


def check_identifiers(
    folder: Folder, sources: Mapping[str, Source], identity: Identity | None, catalogue: Catalogue, findings: Findings
) -> None:
    """Every type that a source names is one of identity's, and every purpose one that people can have a word on.

    Nothing is said where ``identity.yml`` is itself broken.
    """
    if identity is None and folder.documents["identity"]:
        return
    for document in folder.sound("sources"):
        source = sources.get(name_of(document, "source") or "")
        if source is not None:
            findings.refuse("sources", _problems(document, source, identity))
        if isinstance(source, SignalsSource) and source.purpose is not None:
            _check_purpose(document, source.purpose, catalogue, findings)


def _check_purpose(document: Document, purpose: str, catalogue: Catalogue, findings: Findings) -> None:
    known = catalogue.purposes
    if known is not None and purpose not in known:
        got, hint = f"the unknown purpose {echo(purpose)}", did_you_mean(purpose, known)
        findings.refuse("sources", [document.problem(("purpose",), got, one_of(known), hint)])
    elif not catalogue.has_consents:
        got = f"the purpose {echo(purpose)}, on which nobody has a word: there is no source of consents"
        expected = "a source of `kind: consents`, whose withdrawals take rows out"
        findings.warnings.append(document.problem(("purpose",), got, expected))


def _problems(document: Document, source: Source, identity: Identity | None) -> Iterator[Problem]:
    if identity is None:
        if isinstance(source, SignalsSource):
            hint = "It says which identifiers there are; docs/identity.md has one to start from."
            yield document.problem(("kind",), "signals, but no identity.yml", "identity.yml beside sites.yml", hint)
        return
    for path, name in _named(source):
        if name not in identity.identifiers:
            known = identity.identifiers
            got = f"the unknown identifier {echo(name)}"
            yield document.problem(path, got, one_of(known), did_you_mean(name, known))


def _named(source: Source) -> Iterator[tuple[KeyPath, str]]:
    if isinstance(source, SignalsSource):
        for index, identifier in enumerate(source.identifiers):
            yield ("identifiers", index, "type"), identifier.type
    elif source.person_identifier is not None:
        yield source.person_identifier
