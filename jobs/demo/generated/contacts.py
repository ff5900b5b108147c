"""What households say of themselves: addresses and numbers, confirmed twice a year; some mistyped, some changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import numpy as np

from jobs.demo.generated.files import Signal
from jobs.demo.generated.instants import instants
from jobs.demo.generated.roles import Roles, pairs
from jobs.demo.generated.values import PHONES, email, mistyped, phone


def contacts(accounts: Sequence[str], roles: Roles, random: np.random.Generator) -> Iterator[Signal]:
    """Every household confirms its address and number in spring and in autumn, and some mistype in summer.

    Raises:
        ValueError: They are more than numbers to give them.
    """
    spring = instants(random, len(accounts), first=(1, 1), days=90)
    autumn = instants(random, len(accounts), first=(9, 5), days=85)
    later = _later_numbers(len(accounts), roles)
    for place, account in enumerate(accounts):
        yield _confirmed(account, phone(place, international=False), spring[place])
        yield _confirmed(account, phone(later.get(place, place), international=True), autumn[place])
    summer = instants(random, len(roles.mistyping), first=(6, 1), days=60)
    letters = random.integers(0, 100, len(roles.mistyping)).tolist()
    for place, letter, at in zip(roles.mistyping, letters, summer, strict=True):
        yield Signal("contacts", at, (accounts[place], mistyped(accounts[place], letter), "", "false"))


def _confirmed(account: str, number: str, at: datetime) -> Signal:
    return Signal("contacts", at, (account, email(account), number, "true"))


def _later_numbers(households: int, roles: Roles) -> dict[int, int]:
    """Place -> number: who changes gets a number that nobody had, and his old one is another's by autumn."""
    needed = households + len(roles.changing) // 2
    if needed > PHONES:
        raise ValueError(f"{needed} phone numbers; expected at most {PHONES}")
    changed: dict[int, int] = {}
    for number, (place, heir) in enumerate(pairs(roles.changing), households):
        changed |= {place: number, heir: place}
    return changed
