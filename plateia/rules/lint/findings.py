"""What a rule of the lint is given, and what it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from plateia.config import KeyPath
from plateia.rules.lint.causes import Cause, causes
from plateia.rules.lint.claims import both
from plateia.rules.lint.judged import Judged
from plateia.rules.lint.leaves.reader import LeafReader, outside
from plateia.rules.tree import Audience


class Finding(NamedTuple):
    """A warning about a place in an audience's document, in the words of a Problem."""

    audience: Audience
    path: KeyPath
    got: str
    expected: str
    hint: str | None = None


@dataclass(frozen=True)
class View:
    """One audience, judged."""

    audience: Audience
    root: Judged
    reader: LeafReader

    @cached_property
    def causes(self) -> tuple[Cause, ...]:
        """Where it begins that a node is never true, or always."""
        return tuple(causes(self.root, self.reader))

    @cached_property
    def emptied_by(self) -> int | None:
        """The position of the excluded audience whose members are all that the rule can find."""
        for position, key in enumerate(self.audience.exclude):
            if not self.root.claim.is_never and both([self.root.claim.if_true, outside(key).if_true]) is None:
                return position
        return None

    @property
    def is_notable(self) -> bool:
        return self.root.is_notable or self.emptied_by is not None

    @property
    def outcome(self) -> str | None:
        """What that means for the audience as a whole."""
        if self.root.claim.is_never or self.emptied_by is not None:
            # A least stay keeps those in who came when the rule was another one.
            return f"Nobody can {'enter' if self.audience.membership else 'be in'} the audience."
        return "Everyone meets the rule." if self.root.claim.is_always else None

    def find(self, path: KeyPath, got: str, expected: str, hint: str | None = None) -> Finding:
        """A finding about this audience."""
        return Finding(self.audience, path, got, expected, hint)


Audiences = Mapping[str, Audience]
Findings = Iterator[Finding]
