"""Which parts of a group decide it together, and about what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from plateia.config import KeyPath, key_path
from plateia.rules.lint.claims import Left
from plateia.rules.lint.leaves.subjects import words
from plateia.rules.lint.values.sets import ValueSet


class Conflict(NamedTuple):
    """The parts that leave no value of a subject."""

    about: str | None
    paths: tuple[KeyPath, ...]

    @property
    def parts(self) -> str:
        """What they are: ``conditions on age``, or a condition and its opposite."""
        return f"conditions on {self.about}" if self.about else "a condition and its opposite"

    @property
    def places(self) -> str:
        """Where they stand: ``rule.all[0] and rule.all[2]``."""
        first, *more = [key_path(path) for path in self.paths]
        return first if not more else f"{', '.join([first, *more[:-1]])} and {more[-1]}"


def conflict(parts: Sequence[tuple[KeyPath, Left | None]]) -> Conflict | None:
    """The first subject of which the parts, all holding at once, leave no value; None where it is none alone."""
    left: dict[str, ValueSet] = {}
    for number, (_, part) in enumerate(parts):
        for subject, values in (part or {}).items():
            left[subject] = left[subject] & values if subject in left else values
            if not left[subject]:
                return Conflict(words(subject), _few(parts[: number + 1], subject))
    return None


def _few(parts: Sequence[tuple[KeyPath, Left | None]], subject: str) -> tuple[KeyPath, ...]:
    """Two that exclude each other where there are such two, else all that say something of the subject."""
    saying = [(path, part[subject]) for path, part in parts if part and subject in part]
    last_path, last = saying[-1]
    for path, values in saying[:-1]:
        if not values & last:
            return path, last_path
    return tuple(path for path, _ in saying)
