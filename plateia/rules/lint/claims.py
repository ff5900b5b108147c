"""What follows from the truth of a node, and from its falsehood: for each subject the values that are left to it.

A subject is whatever has one value a person: a trait, a count of events in a window, being in an audience. The sets are
upper bounds. Where one of them is empty the node can never be true (or false), and that is certain; where none is, it
may still be so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import and_, or_

from plateia.rules.lint.values.sets import ValueSet

Left = Mapping[str, ValueSet]  # by subject; a subject that is not there may have any value
_MOST_COUNTED = 4_096  # steps of counting children; beyond that nothing is claimed


@dataclass(frozen=True, slots=True)
class Claim:
    """What is left if a node is true, and if it is false; None where it never is."""

    if_true: Left | None
    if_false: Left | None

    @property
    def is_never(self) -> bool:
        return self.if_true is None

    @property
    def is_always(self) -> bool:
        return self.if_false is None

    @property
    def is_decided(self) -> bool:
        return self.if_true is None or self.if_false is None


UNKNOWN, NEVER, ALWAYS = Claim({}, {}), Claim(None, {}), Claim({}, None)


def both(parts: Sequence[Left | None]) -> Left | None:
    """What is left where all parts hold at once; None where they cannot."""
    gathered: dict[str, list[ValueSet]] = {}
    for part in parts:
        if part is None:
            return None
        for subject, values in part.items():
            gathered.setdefault(subject, []).append(values)
    merged = {subject: _joined(and_, values) for subject, values in gathered.items()}
    return merged if all(merged.values()) else None


def either(parts: Sequence[Left | None]) -> Left | None:
    """What is left where at least one part holds; None where none can."""
    possible = [part for part in parts if part is not None]
    if len(possible) < 2:
        return possible[0] if possible else None
    common = set(possible[0]).intersection(*possible[1:])
    return {subject: _joined(or_, [part[subject] for part in possible]) for subject in sorted(common)}


def _joined(operation: Callable[[ValueSet, ValueSet], ValueSet], sets: list[ValueSet]) -> ValueSet:
    """By halves, as sets grow when they are joined: of ten thousand, one after another would take minutes."""
    if len(sets) == 1:
        return sets[0]
    half = len(sets) // 2
    return operation(_joined(operation, sets[:half]), _joined(operation, sets[half:]))


def all_of(claims: Sequence[Claim]) -> Claim:
    return Claim(both([claim.if_true for claim in claims]), either([claim.if_false for claim in claims]))


def any_of(claims: Sequence[Claim]) -> Claim:
    return Claim(either([claim.if_true for claim in claims]), both([claim.if_false for claim in claims]))


def opposite(claim: Claim) -> Claim:
    return Claim(claim.if_false, claim.if_true)


def at_least(n: int, claims: Sequence[Claim]) -> Claim:
    """At least ``n`` are true; it is false where more than the others are false."""
    trues, falses = [claim.if_true for claim in claims], [claim.if_false for claim in claims]
    return Claim(_at_least(n, trues), _at_least(len(claims) - n + 1, falses))


def exactly_one(claims: Sequence[Claim]) -> Claim:
    none: Left | None = {}
    one: Left | None = None
    several: Left | None = None
    for claim in claims:
        several = either([several, both([one, claim.if_true])])
        one = either([both([one, claim.if_false]), both([none, claim.if_true])])
        none = both([none, claim.if_false])
    return Claim(one, either([none, several]))


def _at_least(n: int, parts: Sequence[Left | None]) -> Left | None:
    if n * len(parts) > _MOST_COUNTED:
        return {}
    reached: list[Left | None] = [{}, *[None] * n]  # reached[k]: at least k of the parts so far hold
    for part in parts:
        for k in range(n, 0, -1):
            reached[k] = either([reached[k], both([reached[k - 1], part])])
    return reached[n]
