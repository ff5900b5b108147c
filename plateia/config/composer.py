"""The thorough way through a file's events: every refusal with its line and key path, reading on where it can."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import yaml

from plateia.config.quick import MAX_DEPTH, MAX_NODES, MAX_SCALAR_BYTES, MERGE_KEY, Composed, next_event
from plateia.config.values import KeyPath, Plain, key_path
from plateia.errors import Location, Problem, echo

_MAX_RESTARTS = 100  # after syntax errors in one file
_OPENED = ("while parsing a flow", "while scanning a quoted")
_CONTROL = re.compile("[\x00-\x1f\x7f]")
DOCUMENT_MARK = re.compile(r"^---(?=\s|\Z)", re.MULTILINE)
_SYNTAX_HINTS = {
    "mapping values are not allowed": "A text that holds ': ' needs quotes.",
    "cannot start any token": "A text that starts with @, ` or % needs quotes; indentation is made of spaces.",
    "could not find expected ':'": "Is a ':' missing after a key, or a closing quote?",
    "unexpected end of stream": "Is a closing quote missing?",
    "did not find expected ',' or": "Is a bracket or a comma missing? A text that holds {, } or , needs quotes here.",
    "did not find expected key": "Is the indentation the same as that of the line above?",
    "did not find expected '-' indicator": "Is the indentation the same as that of the line above?",
}


class _AbandonedError(Exception):
    """The rest of a document cannot be read; ``problem`` says why and ``whole_file`` how far that goes."""

    def __init__(self, problem: Problem, index: int, *, whole_file: bool) -> None:
        super().__init__()
        self.problem, self.index, self.whole_file = problem, index, whole_file


class Composer:
    """Turns the events of one file into documents; on a refusal the open containers tell the key path."""

    def __init__(self, shown: str, text: str) -> None:
        self._shown, self._text = shown, text
        self._documents: list[Composed] = []
        self._problems: list[Problem] = []
        self._nodes = 0
        self._start = (0, 0)  # index and line at which the parser was (re)started
        self._first_line = (0, 0)  # index and number of the open document's first line
        self._first_problem = 0  # of the open document
        self._stack: list[list[Plain] | dict[str, Plain]] = []
        self._keys: list[str | None] = []  # of each open mapping, the key whose value comes next
        self._root: Plain | None = None
        self._handlers: dict[type, Callable[[Any], None]] = {
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: self._open_mapping,
            yaml.SequenceStartEvent: self._open_sequence,
            yaml.MappingEndEvent: self._close,
            yaml.SequenceEndEvent: self._close,
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._open_document,
            yaml.DocumentEndEvent: self._close_document,
            yaml.StreamStartEvent: _skip,
            yaml.StreamEndEvent: _skip,
        }

    def compose(self) -> tuple[list[Composed], list[Problem]]:
        """Every document that is a mapping, as far as it could be read, and every problem of the file."""
        index: int | None = 0
        for _ in range(_MAX_RESTARTS):
            if index is None:
                break
            self._start = (index, self._text.count("\n", 0, index))
            index = self._read(self._text[index:] if index else self._text)
        return self._documents, self._problems

    def _read(self, text: str) -> int | None:
        """Read on; returns the index to start again from after what cannot be read, or None at the end."""
        try:
            following = next_event(text)
            while (event := following()) is not None:
                self._handlers[type(event)](event)
            return None
        except _AbandonedError as abandoned:
            problem, index, resume = abandoned.problem, abandoned.index, not abandoned.whole_file
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            index, resume = (mark.index if mark else 0), True
            problem = self._syntax_problem(error, index)
        self._problems.append(problem)
        while self._stack:
            self._close(None)
        self._close_document(None)
        mark_after = DOCUMENT_MARK.search(self._text, self._start[0] + max(index, 1))
        return mark_after.start() if mark_after and resume else None

    def _syntax_problem(self, error: yaml.MarkedYAMLError, index: int) -> Problem:
        """A bracket or quote that is never closed is reported where it opens, not where the text ends."""
        opened = str(error.context).startswith(_OPENED)
        mark = (error.context_mark if opened else None) or error.problem_mark
        line = mark.line if mark else 0
        at = min(self._start[0] + index, len(self._text))
        broken = self._text[self._text.rfind("\n", 0, at) + 1 : at + 1]
        where = Location(self._shown, self._start[1] + line + 1)
        if "\t" in broken[: len(broken) - len(broken.lstrip())]:
            return Problem(where, "a tab in the indentation", "spaces", "YAML is indented with spaces.")
        said = str(error.problem)
        return Problem(where, f"text that is not YAML ({said})", "valid YAML", _syntax_hint(said))

    def _report(self, event: Any, got: str, expected: str, hint: str | None = None) -> None:
        self._problems.append(Problem(self._here(event), got, expected, hint))

    def _here(self, event: Any) -> Location:
        return Location(self._shown, self._start[1] + event.start_mark.line + 1, key_path(self._path()) or None)

    def _path(self) -> KeyPath:
        parts: list[str | int] = []
        for container, key in zip(self._stack, self._keys, strict=True):
            if isinstance(container, list):
                parts.append(len(container))
            elif key is not None:
                parts.append(key)
        return tuple(parts)

    def _abandon(self, event: Any, got: str, expected: str, *, whole_file: bool = False) -> None:
        problem = Problem(self._here(event), got, expected)
        raise _AbandonedError(problem, event.start_mark.index, whole_file=whole_file)

    def _open_document(self, event: Any) -> None:
        self._note_first_line(event)
        self._first_problem = len(self._problems)

    def _note_first_line(self, event: Any) -> None:
        mark = event.start_mark
        self._first_line = (self._start[0] + mark.index - mark.column, self._start[1] + mark.line)

    def _close_document(self, event: Any) -> None:
        del event
        root, self._root = self._root, None
        self._stack, self._keys = [], []
        problems = tuple(self._problems[self._first_problem :])
        if isinstance(root, dict):
            self._documents.append(Composed(root, *self._first_line, problems))
        elif root:  # an empty document says nothing and is nothing
            kind = "a list" if isinstance(root, list) else f"the text {echo(root)}"
            where = Location(self._shown, self._first_line[1] + 1)
            self._problems.append(Problem(where, kind, "a mapping of keys to values"))
        self._first_problem = len(self._problems)

    def _scalar(self, event: Any) -> None:
        value: str = event.value
        if event.anchor is not None or event.tag is not None:
            self._refuse_extras(event)
        if len(value) > MAX_SCALAR_BYTES // 4 and len(value.encode()) > MAX_SCALAR_BYTES:
            self._report(event, "a text of more than 64 kB", "at most 64 kB a value")
        self._count(event)
        if not self._awaits_key():
            self._add(value)
            return
        self._keys[-1] = value
        if _CONTROL.search(value):
            self._report(event, f"the key {echo(value)}", "a key without control characters")
        if value in self._stack[-1]:
            self._report(event, f"the key {echo(value)} a second time", "each key once", "Delete one of the two.")
        elif value == MERGE_KEY:
            self._report(event, "a merge key ('<<')", "the keys themselves, written out")

    def _open_mapping(self, event: Any) -> None:
        self._open(event, {})

    def _open_sequence(self, event: Any) -> None:
        self._open(event, [])

    def _open(self, event: Any, container: list[Plain] | dict[str, Plain]) -> None:
        if event.anchor is not None or event.tag is not None:
            self._refuse_extras(event)
        if len(self._stack) >= MAX_DEPTH:
            self._abandon(event, f"more than {MAX_DEPTH} levels of nesting", f"at most {MAX_DEPTH}")
        if not self._stack:
            self._note_first_line(event)
        if self._awaits_key():
            kind = "list" if isinstance(container, list) else "mapping"
            self._abandon(event, f"a {kind} as a key", "text as a key")
        self._count(event)
        self._stack.append(container)
        self._keys.append(None)

    def _close(self, event: Any) -> None:
        del event
        self._keys.pop()
        self._add(self._stack.pop())

    def _alias(self, event: Any) -> None:
        name = f"*{event.anchor}"
        self._report(event, f"an alias ({echo(name)})", "the value itself, written out")
        if self._awaits_key():
            self._keys[-1] = name
        else:
            self._add(name)

    def _awaits_key(self) -> bool:
        return bool(self._stack) and self._keys[-1] is None and isinstance(self._stack[-1], dict)

    def _add(self, value: Plain) -> None:
        if not self._stack:
            self._root = value
            return
        container = self._stack[-1]
        if isinstance(container, list):
            container.append(value)
        elif (key := self._keys[-1]) is not None:
            container[key] = value
            self._keys[-1] = None

    def _refuse_extras(self, event: Any) -> None:
        if event.anchor is not None:
            name = f"&{event.anchor}"
            self._report(event, f"an anchor ({echo(name)})", "the value alone")
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._report(event, f"a tag ({echo(tag)})", "the value alone", "The key decides the type.")

    def _count(self, event: Any) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            self._abandon(event, f"more than {MAX_NODES:,} values", f"at most {MAX_NODES:,} a file", whole_file=True)


def _skip(event: Any) -> None:
    del event


def _syntax_hint(problem: str) -> str | None:
    return next((hint for words, hint in _SYNTAX_HINTS.items() if words in problem), None)
