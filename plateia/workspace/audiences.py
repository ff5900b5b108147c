"""Audiences, and the lookalikes whose audiences they may refer to: parsed alone, then checked against each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from plateia.catalogue import Catalogue
from plateia.config import Document, KeyPath
from plateia.declarations.environments import Environment
from plateia.declarations.lookalikes import Lookalike
from plateia.errors import Location, Problem
from plateia.rules import check_references
from plateia.rules.binding.lists import Lists
from plateia.rules.tree import Audience, AudienceNode, Group
from plateia.workspace.bound import BoundFile, load_bound
from plateia.workspace.folder import Findings, Folder
from plateia.workspace.naming import Place, clash, name_of


@dataclass
class Audiences:
    """Sound audiences and lookalikes by key, and why the others are broken."""

    sound: dict[str, Audience] = field(default_factory=dict)
    broken: dict[str, tuple[Problem, ...]] = field(default_factory=dict)
    lookalikes: dict[str, Lookalike] = field(default_factory=dict)
    broken_lookalikes: dict[str, tuple[Problem, ...]] = field(default_factory=dict)
    documents: dict[str, Document] = field(default_factory=dict)  # of everything that has an audience's key
    written: set[str] = field(default_factory=set)  # the keys of audience documents, sound or broken


def load_audiences(
    folder: Folder, catalogue: Catalogue, environment: Environment | None, found: Audiences, findings: Findings
) -> None:
    """Bind every audience into ``found``, which knows the lookalikes already, and check who refers to whom."""
    lists = Lists(folder.configs, environment.variables if environment else {})
    bound = load_bound(folder.audience_files, catalogue, lists, cache=folder.root / ".plateia" / "cache")
    for file in bound:
        _add(file, found, findings)
    names = [name for file in bound for name in file.names]
    names += [key for document in folder.documents["lookalikes"] for key in produced_keys(document)]
    if len(set(names)) < len(names):
        documents = [each.document for file in bound for each in file.documents]
        _refuse_repeated(documents, folder.documents["lookalikes"], found, findings)
    _check_references(found, findings)


def _add(file: BoundFile, found: Audiences, findings: Findings) -> None:
    """Take in a file: file by file, so that a load of very many audiences asks little of each."""
    findings.refuse("audiences", file.problems)
    found.written.update(file.names)
    found.sound.update(file.sound)
    found.documents.update(file.places)
    for told in file.told:
        findings.warnings += told.warnings
        findings.refuse("audiences", told.problems)
        key = name_of(told.document, "audience")
        if key and not told.is_sound:
            found.broken[key] = (*found.broken.get(key, ()), *(told.document.problems or told.problems))


def _refuse_repeated(
    audiences: Iterable[Document], lookalikes: Iterable[Document], found: Audiences, findings: Findings
) -> None:
    """A key that two documents give, or an audience and a lookalike, or two lookalikes, is broken in all of them."""
    places: list[tuple[str | None, Document, KeyPath]] = [
        *((name_of(document, "audience"), document, ("audience",)) for document in audiences),
        *((key, document, ("audiences", key)) for document in lookalikes for key in produced_keys(document)),
    ]
    counts = Counter(key for key, _, _ in places)
    repeated: dict[str, list[Place]] = {}
    for key, document, path in places:
        if key and counts[key] > 1:
            repeated.setdefault(key, []).append((document, path))
    for name, named in repeated.items():
        problems = clash("audience", name, named)
        for (document, _), problem in zip(named, problems, strict=True):
            findings.refuse("lookalikes" if "lookalike" in document.value else "audiences", [problem])
        found.sound.pop(name, None)
        found.broken[name] = (*found.broken.get(name, ()), *problems)
        _break_lookalikes(found, {name: problems})


def _check_references(found: Audiences, findings: Findings) -> None:
    produced = {
        key: as_audience(key, lookalike)
        for lookalike in found.lookalikes.values()
        for key in lookalike.audiences
        if key not in found.broken
    }

    def locate(audience: Audience, path: KeyPath) -> Location:
        return found.documents[audience.key].locate(("seed",) if audience.key in produced else path)

    problems, warnings = check_references({**found.sound, **produced}, found.broken, locate)
    told: set[Problem] = set()
    for key, of_key in problems.items():
        fresh = [problem for problem in of_key if problem not in told]
        findings.refuse("lookalikes" if key in produced else "audiences", fresh)
        told.update(fresh)
        found.sound.pop(key, None)
        found.broken[key] = tuple(of_key)
    findings.warnings += dict.fromkeys(warnings)
    _break_lookalikes(found, problems)


def _break_lookalikes(found: Audiences, problems: Mapping[str, Iterable[Problem]]) -> None:
    """A lookalike breaks with any of its audiences."""
    for key, lookalike in list(found.lookalikes.items()):
        reasons = dict.fromkeys(problem for name in lookalike.audiences for problem in problems.get(name, ()))
        if reasons:
            del found.lookalikes[key]
            found.broken_lookalikes[key] = tuple(reasons)
            for name in lookalike.audiences:
                found.broken.setdefault(name, tuple(reasons))


def produced_keys(document: Document) -> list[str]:
    """The audiences that a lookalike's document names, sound or not."""
    audiences = document.value.get("audiences")
    return list(audiences) if isinstance(audiences, dict) else []


def as_audience(key: str, lookalike: Lookalike) -> Audience:
    """What other audiences see of a lookalike's audience: its sites, and that it follows from its seed."""
    rule = AudienceNode(lookalike.seed) if lookalike.seed else Group("any", ())
    return Audience(
        key=key,
        title=lookalike.title or key,
        owner=lookalike.owner or "",
        sites=lookalike.sites,
        rule=rule,
        definition_hash=lookalike.definition_hash,
        where=lookalike.place,
    )
