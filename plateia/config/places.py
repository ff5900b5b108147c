"""Places in documents that are known by where they start, for what is found long after they were read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from plateia.config.documents import Document, Origin, Source
from plateia.config.values import KeyPath, key_path
from plateia.errors import Location

_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # as YAML counts lines


@dataclass(frozen=True, slots=True)
class Places:
    """Reads files again for the lines of key paths, each file once."""

    _files: dict[str, tuple[Source, tuple[int, ...]]] = field(default_factory=dict)

    def locate(self, start: Location, path: KeyPath) -> Location:
        """The place of a key path in the document that starts at ``start``; that line where it cannot be read again."""
        near = Location(start.file, start.line, key_path(path) or None)
        if start.file is None or start.line is None:
            return near
        try:
            source, indices = self._lines(start.file)
        except (OSError, ValueError):
            return near
        if start.line > len(indices):
            return near
        origin = Origin(source, indices[start.line - 1], start.line - 1)
        return Document(start.file, 0, {}, (), origin).locate(path)

    def _lines(self, file: str) -> tuple[Source, tuple[int, ...]]:
        """The file and the index of each of its lines."""
        if file not in self._files:
            source = Source(Path(file))
            self._files[file] = source, (0, *(found.end() for found in _LINE_BREAK.finditer(source.text)))
        return self._files[file]
