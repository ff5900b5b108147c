"""Signals without a login: anonymous visitors, cookies that are replaced, and what a partner makes of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from jobs.demo.generated.files import Signal
from jobs.demo.generated.instants import instants
from jobs.demo.generated.roles import Roles, pairs
from jobs.demo.generated.values import cookie, device

_STRANGERS = 0.01  # whom nobody ever recognises, as a share of the households
_VISITS = 2


def anonymous(accounts: Sequence[str], roles: Roles, random: np.random.Generator) -> Iterator[Signal]:
    """Visitors browse in autumn; those who are of a returning household log in in December."""
    strangers = max(1, round(len(accounts) * _STRANGERS))
    visitors = len(roles.returning) + len(roles.matched) + strangers
    times = iter(instants(random, _VISITS * visitors, first=(9, 1), days=85))
    for visitor in range(visitors):
        for _ in range(_VISITS):
            yield Signal("visits", next(times), _seen(len(accounts), visitor))
    times = iter(instants(random, len(roles.returning), first=(12, 1), days=30))
    for visitor, place in enumerate(roles.returning):
        yield Signal("logins", next(times), (accounts[place], *_seen(len(accounts), visitor)))


def rotations(households: int, roles: Roles, random: np.random.Generator) -> Iterator[Signal]:
    """In September the browser of a rotating household replaces its cookie."""
    times = instants(random, len(roles.rotating), first=(9, 1), days=30)
    for place, at in zip(roles.rotating, times, strict=True):
        yield Signal("rotations", at, (cookie(households + place), cookie(place)))


def matches(households: int, roles: Roles, random: np.random.Generator) -> Iterator[Signal]:
    """In October a partner takes two households for one; in November, households for visitors, which it takes back."""
    wrong = pairs(roles.mismatched)
    for (place, other), at in zip(wrong, instants(random, len(wrong), first=(10, 1), days=30), strict=True):
        yield Signal("matches", at, (cookie(place), cookie(other)))
    times = instants(random, len(roles.matched), first=(11, 1), days=29)
    for visitor, (place, at) in enumerate(zip(roles.matched, times, strict=True), len(roles.returning)):
        yield Signal("matches", at, (cookie(place), _seen(households, visitor)[0]))


def _seen(households: int, visitor: int) -> tuple[str, str]:
    """A visitor's cookie and device: none that a household has."""
    return cookie(2 * households + visitor), device(2 * households + visitor)
