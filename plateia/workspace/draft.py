"""Audiences of a file that is not saved yet, checked as if it stood in the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from plateia.config import Document, KeyPath, load_documents
from plateia.errors import ConfigError, Location, Problem
from plateia.rules import check_references, parse_audience
from plateia.rules.tree import Audience
from plateia.workspace.audiences import as_audience
from plateia.workspace.workspace import Workspace


def with_draft(workspace: Workspace, file: Path, configs: Path) -> tuple[Workspace, tuple[str, ...]]:
    """The configuration with the audiences of ``file`` in place of, or beside, those that are saved.

    Args:
        configs: The configuration folder, at which the lists of the draft start.

    Returns:
        The configuration, and the keys of the draft in the order of the file.

    Raises:
        ConfigError: The file cannot be read, or one of its audiences is not sound; all of its problems.
    """
    documents, problems = load_documents(file, str(file))
    drafts: dict[str, tuple[Audience, Document]] = {}
    for document in documents:
        audience, found = _parse(workspace, document, configs)
        problems += found
        if audience is not None and audience.key in drafts:
            problems.append(Problem(document.locate(("audience",)), f"{audience.key} twice", "each audience once"))
        elif audience is not None:
            drafts[audience.key] = audience, document
    if not documents and not problems:
        problems.append(Problem(Location(str(file)), "an empty file", "an audience"))
    if not problems:
        problems = _references(workspace, drafts)
    if problems:
        raise ConfigError(problems)
    saved = {key: audience for key, audience in workspace.audiences.items() if key not in drafts}
    joined = {**saved, **{key: audience for key, (audience, _) in drafts.items()}}
    return replace(workspace, audiences=joined), tuple(drafts)


def _parse(workspace: Workspace, document: Document, configs: Path) -> tuple[Audience | None, list[Problem]]:
    if document.problems:
        return None, list(document.problems)
    return parse_audience(document, workspace.catalogue, lists_root=configs, variables=workspace.environment.variables)


def _references(workspace: Workspace, drafts: Mapping[str, tuple[Audience, Document]]) -> list[Problem]:
    """What is wrong with whom the drafts refer to; audiences of lookalikes are known, whatever they are made of."""
    sound = {**workspace.audiences, **{key: audience for key, (audience, _) in drafts.items()}}
    known: dict[str, tuple[Problem, ...]] = {key: found for key, found in workspace.broken.items() if key not in drafts}

    def locate(audience: Audience, path: KeyPath) -> Location:
        return drafts[audience.key][1].locate(path) if audience.key in drafts else audience.where

    scored = {
        key: as_audience(key, workspace.lookalikes[lookalike])
        for key, lookalike in workspace.scored.items()
        if key not in drafts
    }
    problems, _ = check_references({**sound, **scored}, known, locate)
    return [problem for key in drafts for problem in problems.get(key, ())]
