"""Bound files as plain rows and back: leaves are written once a pack, and read once for all packs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from plateia.config import Document, Origin, Source
from plateia.errors import Location, Problem
from plateia.rules.tree import Audience, Group, Node, NOf
from plateia.workspace.bound.file import BoundDocument, BoundFile
from plateia.workspace.bound.values import Plain, Values

Row = tuple[Any, ...]  # of plain values only

_OWN = ("key", "title", "rule", "definition_hash", "exclude")  # differ from audience to audience; `where` is the file's
_SHARED = tuple(f.name for f in fields(Audience) if f.init and f.name not in (*_OWN, "where"))


class RowWriter:
    """Writes files as rows; ``shared`` are the plain values that they refer to by position."""

    def __init__(self) -> None:
        self._values = Values()
        self._positions: dict[Plain, int] = {}
        self._seen: dict[tuple[int, ...], tuple[int, object]] = {}  # by identity of values, which it keeps alive

    @property
    def shared(self) -> tuple[Plain, ...]:
        return tuple(self._positions)

    def row(self, file: BoundFile) -> Row:
        documents = tuple(self._document(each) for each in file.documents)
        return documents, _written(file.problems), file.lists

    def _document(self, bound: BoundDocument) -> Row:
        document, origin = bound.document, bound.document.origin
        name = document.value.get("audience")
        return (
            name if isinstance(name, str) else None,
            (origin.index, origin.line) if origin else None,
            _written(document.problems),
            self._audience(bound.audience) if bound.audience else None,
            _written(bound.problems),
            _written(bound.warnings),
        )

    def _audience(self, audience: Audience) -> Row:
        own = (audience.key, audience.title, self._rule(audience.rule), audience.definition_hash, audience.exclude)
        return (*own, self._position(*(getattr(audience, name) for name in _SHARED)))

    def _rule(self, node: Node) -> Any:
        """A leaf by its position; groups differ from rule to rule."""
        if isinstance(node, Group):
            return (node.op, *[self._rule(child) for child in node.children])
        if isinstance(node, NOf):
            return (node.n, *[self._rule(child) for child in node.children])
        return self._position(node)

    def _position(self, *values: object) -> int:
        """The position of a value, or of several as a tuple; mostly they are the very objects that came before."""
        key = tuple(map(id, values))
        if (seen := self._seen.get(key)) is None:
            plain = self._values.plain(values[0] if len(values) == 1 else values)
            seen = self._seen[key] = self._positions.setdefault(plain, len(self._positions)), values
        return seen[0]


def read_row(row: Row, values: Sequence[Any], path: Path, content: bytes) -> BoundFile:
    """The file again, as if it had just been read from ``path``; ``values`` are those of the writer's ``shared``."""
    documents, problems, lists = row
    shown, source = str(path), Source(path)
    return BoundFile(
        content=content,
        documents=tuple(
            _read_document(document, number, values, shown, source) for number, document in enumerate(documents)
        ),
        problems=_read(problems, shown),
        lists=lists,
    )


def _read_document(row: Row, number: int, values: Sequence[Any], shown: str, source: Source) -> BoundDocument:
    name, start, of_yaml, audience, problems, warnings = row
    origin = Origin(source, *start) if start else None
    named = {} if name is None else {"audience": name}
    return BoundDocument(
        document=Document(shown, number, named, _read(of_yaml, shown), origin),
        audience=_read_audience(audience, values, Location(shown, start[1] + 1)) if audience else None,
        problems=_read(problems, shown),
        warnings=_read(warnings, shown),
    )


def _read_audience(row: Row, values: Sequence[Any], where: Location) -> Audience:
    key, title, rule, definition_hash, exclude, position = row
    own = {"key": key, "title": title, "rule": _read_rule(rule, values), "definition_hash": definition_hash}
    shared: Mapping[str, Any] = dict(zip(_SHARED, values[position], strict=True))
    return Audience(**own, exclude=exclude, where=where, **shared)


def _read_rule(rule: Any, values: Sequence[Any]) -> Node:
    if isinstance(rule, int):
        leaf: Node = values[rule]
        return leaf
    kind, *children = rule
    nodes = tuple([_read_rule(child, values) for child in children])
    return NOf(kind, nodes) if isinstance(kind, int) else Group(kind, nodes)


def _written(problems: Sequence[Problem]) -> Row:
    return tuple((p.where.line, p.where.path, p.got, p.expected, p.hint) for p in problems)


def _read(problems: Row, shown: str) -> tuple[Problem, ...]:
    return tuple(
        Problem(Location(shown, line, path), got, expected, hint) for line, path, got, expected, hint in problems
    )
