"""Names that must be given once: who gave them, and what is said when two did."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from plateia.config import Document, KeyPath
from plateia.errors import Problem, echo

Place = tuple[Document, KeyPath]


def name_of(document: Document, key: str) -> str | None:
    """The name that a document gives itself, as far as it can be told."""
    name = document.value.get(key)
    return name if isinstance(name, str) and name else None


def repeated(documents: Iterable[Document], key: str) -> dict[str, list[Problem]]:
    """The names that several documents give themselves, with one problem a document that points at another."""
    places: dict[str, list[Place]] = defaultdict(list)
    for document in documents:
        if (name := name_of(document, key)) is not None:
            places[name].append((document, (key,)))
    return {name: clash(key, name, found) for name, found in places.items() if len(found) > 1}


def clash(what: str, name: str, places: Sequence[Place]) -> list[Problem]:
    """One problem a place; the first points at the second, the others at the first."""
    located = [(document, path, document.locate(path)) for document, path in places]
    problems = []
    for number, (document, path, _) in enumerate(located):
        other = located[0 if number else 1][2]
        got = f"the {what} {echo(name)}, which {other.file}:{other.line} defines, too"
        problems.append(document.problem(path, got, f"each {what} once"))
    return problems
