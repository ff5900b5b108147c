"""The rows that a measure is taken of: events of a type, or rows of a relation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from plateia.rules.canonical import canonical_filter, canonical_window
from plateia.rules.lint.claims import Left
from plateia.rules.lint.leaves.subjects import subject_of
from plateia.rules.lint.leaves.windows import most_days
from plateia.rules.lint.values.sets import AT_LEAST_ONE
from plateia.rules.tree import Filter, Hop, Window

EVER = ("", "")  # the texts of all events of a type: no filter, no window


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows that a measure is taken of.

    Attributes:
        name: What they are called.
        texts: What tells these rows from others of that name: equal for equal rows.
        wider: The texts of rows that these are among.
        are_none: There never is one.
        most_days: How many distinct days they may lie on.
    """

    name: str
    texts: tuple[str, ...]
    wider: Sequence[tuple[str, ...]] = ()
    are_none: bool = False
    most_days: float = math.inf

    def subject(self, measure: str) -> str:
        return subject_of(f"{measure} of {self.name}", *self.texts)

    @property
    def filtered(self) -> str:
        """What filters them; empty for nothing."""
        return self.texts[0]

    @property
    def exist(self) -> Left | None:
        """What it means that there is a row."""
        if self.are_none:
            return None
        return {replace(self, texts=texts).subject("count"): AT_LEAST_ONE for texts in (self.texts, *self.wider)}


def event_rows(event: str, where: Filter | None, window: Window | None, *, are_none: bool) -> Rows:
    """The events of a type that match a filter and lie in a window."""
    matching = "" if where is None else repr(canonical_filter(where))
    when = "" if window is None else repr(canonical_window(window))
    wider = {EVER, (matching, ""), ("", when)} - {(matching, when)}
    return Rows(event, (matching, when), sorted(wider), are_none, most_days(window))


def related_rows(hops: Sequence[Hop], *, are_none: bool) -> Rows:
    """The rows that hops lead to."""
    return Rows(hops[-1].relation, (repr(hops),), are_none=are_none)
