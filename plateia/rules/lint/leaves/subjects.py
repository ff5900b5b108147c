"""Subjects: what claims are about, by names that are equal for the same thing in every rule."""

from __future__ import annotations

from collections.abc import Callable

from plateia.rules.lint.claims import ALWAYS, NEVER, Claim, Left
from plateia.rules.lint.values.sets import NO, YES

_BETWEEN = "\N{UNIT SEPARATOR}"
_WHOLE_CONDITION = "holds" + _BETWEEN


def claim_on(subject: str, claim: Claim, text: Callable[[], str]) -> Claim:
    """A claim about a value as one about a named subject.

    Args:
        subject: Whose value it is.
        claim: About the value, or aspects of it.
        text: Tells the whole condition; where a claim does not say all that it means, its being met is a subject, too.
    """
    if claim.is_never:
        return NEVER
    if claim.is_always:
        return ALWAYS
    if_true, if_false = _named(subject, claim.if_true), _named(subject, claim.if_false)
    return whole(text(), Claim(if_true, if_false)) if not if_false else Claim(if_true, if_false)


def whole(text: str, claim: Claim) -> Claim:
    """A claim, and besides that its node is true, or false, wherever it stands."""
    name = _WHOLE_CONDITION + text
    return Claim(
        None if claim.if_true is None else {**claim.if_true, name: YES},
        None if claim.if_false is None else {**claim.if_false, name: NO},
    )


def words(subject: str) -> str | None:
    """What a subject is called in messages; None where it is a whole condition."""
    return None if subject.startswith(_WHOLE_CONDITION) else subject.split(_BETWEEN, maxsplit=1)[0]


def subject_of(name: str, *parts: str) -> str:
    """A subject that is called ``name``, told apart from others of that name by the parts."""
    return _BETWEEN.join((name, *parts)) if parts else name


def _named(subject: str, left: Left | None) -> Left | None:
    if left is None:
        return None
    return {subject if not aspect else subject_of(subject, aspect): values for aspect, values in left.items()}
