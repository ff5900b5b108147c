"""Verified signals: a household logs in on a device of its own, or on a tablet that it shares with another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from jobs.demo.generated.files import Signal
from jobs.demo.generated.instants import instants
from jobs.demo.generated.roles import Roles, pairs
from jobs.demo.generated.values import cookie, device

# Half a month behind the start of each quarter: that of the third one still counts when the year ends.
_QUARTERS = ((1, 16), (4, 16), (7, 16), (10, 16))
_DAYS = 45


def logins(accounts: Sequence[str], roles: Roles, random: np.random.Generator) -> Iterator[Signal]:
    """Each household logs in once a quarter, with its cookie on its device; who loses the cookie, not in the last."""
    rotating = set(roles.rotating)
    for first in _QUARTERS:
        times = instants(random, len(accounts), first=first, days=_DAYS)
        for place, (account, at) in enumerate(zip(accounts, times, strict=True)):
            if place not in rotating or first != _QUARTERS[-1]:
                yield Signal("logins", at, (account, cookie(place), device(place)))


def tablets(accounts: Sequence[str], roles: Roles, random: np.random.Generator) -> Iterator[Signal]:
    """Two households log in on one tablet; its app has no cookies."""
    shared = pairs(roles.sharing)
    times = iter(instants(random, 2 * len(shared), first=(10, 1), days=60))
    for number, households in enumerate(shared):
        for place in households:
            yield Signal("logins", next(times), (accounts[place], "", device(len(accounts) + number)))
