"""The quick way through a file's events: plain documents only; the composer says what is wrong with others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from plateia.config.values import Plain
from plateia.errors import Problem

MAX_DEPTH = 64
MAX_NODES = 2_000_000
MAX_SCALAR_BYTES = 64 * 1024
MERGE_KEY = "<<"

# Wheels of PyYAML hold libyaml; the Python parser of a bare installation yields the same events, slower.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MAX_SCALAR_CHARACTERS = MAX_SCALAR_BYTES // 4  # so many characters have at most so many bytes
_MAX_NODES_A_CHARACTER = 3  # `?` is a mapping with a key and a value

# One event of the parser, or None after the last; the classes of the C parser's marks are not PyYAML's own.
Next = Callable[[], Any]


class UnusualError(Exception):
    """Raised at the first thing that a plain document does not have; the composer finds out what it is."""


@dataclass(frozen=True, slots=True)
class Composed:
    """A document as it was read, with the index (in characters) and number (from 0) of its first line."""

    value: dict[str, Plain]
    index: int
    line: int
    problems: tuple[Problem, ...] = ()


def next_event(text: str) -> Next:
    """What gives the events of a text one by one."""
    get: Next = _LOADER(text).get_event
    return get


def compose_quickly(text: str) -> list[Composed]:
    """Every document of a text.

    Raises:
        UnusualError: A document is refused, or might be.
        yaml.YAMLError: The text is not YAML.
    """
    following = next_event(text)
    if len(text) * _MAX_NODES_A_CHARACTER > MAX_NODES:
        following = _counted(following).__next__
    documents: list[Composed] = []
    while not isinstance(event := following(), yaml.StreamEndEvent):
        if isinstance(event, yaml.DocumentStartEvent):
            root = following()
            value = _value(root, following, 1)
            if isinstance(value, dict):
                mark = root.start_mark
                documents.append(Composed(value, mark.index - mark.column, mark.line))
            elif value:
                raise UnusualError
    return documents


def _counted(following: Next) -> Iterator[Any]:
    for _ in range(MAX_NODES):
        yield following()
    raise UnusualError


def _value(event: Any, following: Next, depth: int) -> Plain:
    """The value that starts with an event; its own depth is at most one beyond the cap."""
    kind = type(event)
    if kind is yaml.AliasEvent or event.anchor is not None or event.tag is not None or depth > MAX_DEPTH + 1:
        raise UnusualError
    if kind is yaml.ScalarEvent:
        text: str = event.value
        if len(text) > _MAX_SCALAR_CHARACTERS:
            raise UnusualError
        return text
    if depth > MAX_DEPTH:
        raise UnusualError
    if kind is yaml.SequenceStartEvent:
        items: list[Plain] = []
        while type(item := following()) is not yaml.SequenceEndEvent:
            items.append(_value(item, following, depth + 1))
        return items
    values: dict[str, Plain] = {}
    while type(event := following()) is not yaml.MappingEndEvent:
        key = _value(event, following, MAX_DEPTH + 1)  # only a scalar may stand at this depth
        if key in values or key == MERGE_KEY or not isinstance(key, str) or not key.isprintable():
            raise UnusualError
        values[key] = _value(following(), following, depth + 1)
    return values
