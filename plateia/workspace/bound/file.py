"""One file of audiences, each document parsed and bound on its own; nothing here depends on any other file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from plateia.catalogue import Catalogue
from plateia.config import Document, Plain, documents_of, read_content
from plateia.errors import Problem
from plateia.rules import parse_audience
from plateia.rules.binding.lists import Lists
from plateia.rules.binding.report import Report
from plateia.rules.tree import Audience
from plateia.workspace.naming import name_of


@dataclass(frozen=True, slots=True)
class BoundDocument:
    """A document, the audience that it is, and what was found in it; ``document.value`` may hold no more than its name.

    A document whose YAML was refused has its problems in itself, and none here.
    """

    document: Document
    audience: Audience | None
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Whether it has no problems of its own."""
        return not self.document.problems and not self.problems


@dataclass(frozen=True)
class BoundFile:
    """A file's documents and the problems of its YAML.

    Attributes:
        content: SHA-256 of the bytes that were parsed; None where the file could not be read.
        lists: What the file system said of every ``list:`` in it: as written, and the answer of ``ask``.
    """

    content: bytes | None
    documents: tuple[BoundDocument, ...]
    problems: tuple[Problem, ...] = ()
    lists: tuple[tuple[str, str], ...] = ()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The keys that the documents give themselves, each as often as it is given."""
        return tuple(name for each in self.documents if (name := name_of(each.document, "audience")))

    @cached_property
    def sound(self) -> Mapping[str, Audience]:
        """The audiences that have no problems of their own, by key."""
        return {each.audience.key: each.audience for each in self.documents if each.audience and each.is_sound}

    @cached_property
    def places(self) -> Mapping[str, Document]:
        """The documents of the sound audiences, by key."""
        return {each.audience.key: each.document for each in self.documents if each.audience and each.is_sound}

    @cached_property
    def told(self) -> tuple[BoundDocument, ...]:
        """The documents that there is something to say about."""
        return tuple(each for each in self.documents if not each.is_sound or each.warnings)


def bind_file(path: Path, catalogue: Catalogue, lists: Lists) -> BoundFile:
    """Read a file and bind every document in it."""
    content, refused = read_content(path, str(path))
    if refused:
        return BoundFile(None, (), (refused,))
    documents, problems = documents_of(content, path, str(path))
    named = dict.fromkeys(name for document in documents for name in _lists_in(document.value))
    return BoundFile(
        content=hashlib.sha256(content).digest(),
        documents=tuple(_bind(document, catalogue, lists) for document in documents),
        problems=tuple(problems),
        lists=tuple((name, ask(name, path, lists)) for name in named),
    )


def ask(name: str, path: Path, lists: Lists) -> str:
    """Where a list is that a file at ``path`` names, or what is wrong with it: all that binding learns of the disk."""
    report = Report(Document("", 0, {}))
    return lists.resolve(name, path.parent, (), report) or str(report.problems[0])


def _bind(document: Document, catalogue: Catalogue, lists: Lists) -> BoundDocument:
    if document.problems:
        return BoundDocument(document, None)
    warnings: list[Problem] = []
    audience, problems = parse_audience(
        document, catalogue, lists_root=lists.root, variables=lists.variables, warnings=warnings
    )
    return BoundDocument(document, audience, tuple(problems), tuple(warnings))


def _lists_in(value: Plain) -> Iterator[str]:
    """What stands at a key ``list``, wherever that is."""
    if isinstance(value, dict):
        for key, part in value.items():
            if key == "list" and isinstance(part, str):
                yield part
            elif not isinstance(part, str):
                yield from _lists_in(part)
    elif isinstance(value, list):
        for part in value:
            if not isinstance(part, str):
                yield from _lists_in(part)
