"""Every error a user can meet: where, what was got, what is expected, what to do."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

# Control characters and the Unicode bidi controls can repaint a terminal; they are never echoed.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_ECHO_LIMIT = 120


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a configuration: file, 1-based line and key path (``rule.all[0].is``)."""

    file: str | None = None
    line: int | None = None
    path: str | None = None

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        return ": ".join(part for part in (place, self.path) if part)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, in the words a user needs to mend it. Holds no secret and no person's data."""

    where: Location
    got: str
    expected: str
    hint: str | None = None

    def __str__(self) -> str:
        place = f"{self.where}: " if str(self.where) else ""
        message = f"{place}got {self.got}; expected {self.expected}" if self.expected else f"{place}{self.got}"
        return f"{message}. {self.hint}" if self.hint else message

    def as_dict(self) -> dict[str, str | int | None]:
        """The shape of ``errors`` in ``--json``: file, line, path, got, expected, hint."""
        return {**asdict(self.where), "got": self.got, "expected": self.expected, "hint": self.hint}


class PlateiaError(Exception):
    """Raised when a command cannot go on; ``exit_code`` is what the process returns (DESIGN: 1 is anything else)."""

    exit_code = 1

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    @classmethod
    def because(cls, got: str, *, expected: str = "", hint: str | None = None, file: str | None = None) -> PlateiaError:
        """An error with a single problem that has no place in a configuration file."""
        return cls([Problem(Location(file=file), got, expected, hint)])


class ConfigError(PlateiaError):
    """Raised when a configuration cannot mean anything; nothing has been read or written yet."""

    exit_code = 2


class UsageError(PlateiaError):
    """Raised when an option, key, site or person that was asked for does not exist; nothing was read or written."""

    exit_code = 2


class InputError(PlateiaError):
    """Raised when a source cannot be read or lacks a declared column."""


class LakeError(PlateiaError):
    """Raised when the lake cannot be read or written, has another format, or is leased to another run."""


def echo(value: object) -> str:
    """A value as it may be shown: one line, quoted, no control or bidi characters, at most 120 characters."""
    text = _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", str(value))
    return repr(text if len(text) <= _ECHO_LIMIT else text[: _ECHO_LIMIT - 1] + "…")


def did_you_mean(word: str, allowed: Iterable[str]) -> str | None:
    """A closing sentence that names the nearest allowed word, or None if none is near."""
    words = list(allowed)
    near = [name for name in words if name.casefold() == word.casefold()]
    near = near or difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    return f"Did you mean {near[0]!r}?" if near else None


def one_of(allowed: Iterable[str], *, limit: int = 12) -> str:
    """``one of: a, b, c``, cut after ``limit`` words."""
    words = sorted(_UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", word) for word in allowed)
    more = f" … ({len(words)} in all)" if len(words) > limit else ""
    return f"one of: {', '.join(words[:limit])}{more}" if words else "nothing: none is declared"
