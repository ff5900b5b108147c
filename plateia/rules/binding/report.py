"""The problems and warnings of one document, collected while its parts are bound."""

from __future__ import annotations

from collections.abc import Collection

from plateia.config import Document, KeyPath
from plateia.errors import Problem, did_you_mean, echo, one_of


class Report:
    """Whoever finds something says so here and goes on with the next part."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []

    def refuse(self, path: KeyPath, got: str, expected: str, hint: str | None = None) -> None:
        """A problem: the document cannot mean anything like this."""
        self.problems.append(self.document.problem(path, got, expected, hint))

    def warn(self, path: KeyPath, got: str, expected: str, hint: str | None = None) -> None:
        """A warning: the document means something, but hardly what its author meant."""
        self.warnings.append(self.document.problem(path, got, expected, hint))

    def unknown(self, path: KeyPath, kind: str, word: str, known: Collection[str]) -> None:
        """A problem: a name that nothing has, with the names there are and the nearest of them."""
        self.refuse(path, f"the unknown {kind} {echo(word)}", one_of(known), did_you_mean(word, known))
