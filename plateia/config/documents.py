"""Files become documents: plain values that know where in their file each key stands."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from plateia.config.composer import DOCUMENT_MARK, Composer
from plateia.config.quick import MAX_DEPTH, Next, UnusualError, compose_quickly, next_event
from plateia.config.values import KeyPath, Plain, key_path
from plateia.errors import Location, Problem

MAX_FILE_BYTES = 16 * 1024 * 1024

_NOT_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_BOM = "\ufeff"


class Source:
    """A file that may be read again for the line numbers that the quick way does not keep."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def text(self) -> str:
        return self.path.read_bytes().decode("utf-8").removeprefix(_BOM)


@dataclass(frozen=True, slots=True)
class _Spot:
    line: int  # from the start of the document's first line
    children: dict[str | int, _Spot]


_NOWHERE = _Spot(0, {})


@dataclass(frozen=True)
class Origin:
    """Where a document starts in its file: index (in characters) and number (from 0) of its first line."""

    source: Source
    index: int
    line: int

    @cached_property
    def spots(self) -> _Spot:
        """Lines of every key and item; only the document's own where it cannot be read (again)."""
        try:
            text = self.source.text
            following = DOCUMENT_MARK.search(text, self.index + 1)
            events = next_event(text[self.index : following.start() if following else None])
            while not isinstance(event := events(), yaml.NodeEvent):
                if event is None:
                    return _NOWHERE
            return _spots(event, events, 1)
        except (OSError, ValueError, yaml.YAMLError):
            return _NOWHERE


def _spots(event: Any, events: Next, depth: int) -> _Spot:
    if depth > MAX_DEPTH + 1:
        raise ValueError(depth)
    children: dict[str | int, _Spot] = {}
    if isinstance(event, yaml.SequenceStartEvent):
        while not isinstance(item := events(), yaml.SequenceEndEvent):
            children[len(children)] = _spots(item, events, depth + 1)
    elif isinstance(event, yaml.MappingStartEvent):
        while not isinstance(key := events(), yaml.MappingEndEvent):
            if not isinstance(key, yaml.ScalarEvent):
                raise ValueError(key)
            place: Any = key.start_mark
            children[key.value] = _Spot(place.line, _spots(events(), events, depth + 1).children)
    return _Spot(event.start_mark.line, children)


@dataclass(frozen=True)
class Document:
    """One YAML document: the ``index``-th (from 0) of ``file``, which is the path as users know it.

    A document with ``problems`` was refused, and ``value`` is what could be read of it: good to tell its name, no more.
    """

    file: str
    index: int
    value: dict[str, Plain]
    problems: tuple[Problem, ...] = ()
    origin: Origin | None = field(default=None, compare=False, repr=False)

    def locate(self, path: KeyPath = ()) -> Location:
        """The place of a key path; the line is that of its nearest ancestor where the path itself does not exist."""
        if self.origin is None:
            return Location(self.file, None, key_path(path) or None)
        spot = self.origin.spots
        for part in path:
            if part not in spot.children:
                break
            spot = spot.children[part]
        return Location(self.file, self.origin.line + spot.line + 1, key_path(path) or None)

    def problem(self, path: KeyPath, got: str, expected: str, hint: str | None = None) -> Problem:
        """A problem at a key path of this document."""
        return Problem(self.locate(path), got, expected, hint)


def load_documents(path: Path, shown: str) -> tuple[list[Document], list[Problem]]:
    """Every document of a YAML file, in order, and everything that is wrong with the file's YAML.

    After a syntax error, reading goes on at the next ``---``. The problems of refused documents are in both results.
    """
    content, refused = read_content(path, shown)
    return ([], [refused]) if refused else documents_of(content, path, shown)


def read_content(path: Path, shown: str) -> tuple[bytes, Problem | None]:
    """The bytes of a YAML file, or why they are not read."""
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= MAX_FILE_BYTES else b""
    except OSError as error:
        got = f"a file that cannot be read ({error.strerror})"
        return b"", Problem(Location(shown), got, "a readable YAML file")
    if max(size, len(content)) > MAX_FILE_BYTES:
        return b"", Problem(Location(shown), "a file of more than 16 MB", "at most 16 MB a file", "Split the file.")
    return content, None


def documents_of(content: bytes, path: Path, shown: str) -> tuple[list[Document], list[Problem]]:
    """Every document of what was read from ``path``, and everything that is wrong with its YAML."""
    text, refused = _decode(content, shown)
    if refused:
        return [], [refused]
    problems: list[Problem] = []
    try:
        composed = compose_quickly(text)
    except (UnusualError, yaml.YAMLError):
        composed, problems = Composer(shown, text).compose()
    source = Source(path)
    return [
        Document(shown, number, found.value, found.problems, Origin(source, found.index, found.line))
        for number, found in enumerate(composed)
    ], problems


def _decode(content: bytes, shown: str) -> tuple[str, Problem | None]:
    try:
        text = content.decode("utf-8").removeprefix(_BOM)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return "", Problem(Location(shown, line), "bytes that are not UTF-8", "UTF-8 text", "Save the file as UTF-8.")
    if found := _NOT_YAML.search(text):
        line = text.count("\n", 0, found.start()) + 1
        got = f"the control character U+{ord(found[0]):04X}"
        return "", Problem(
            Location(shown, line), got, "printable text", "Delete it, or write it as an escape in quotes."
        )
    return text, None
