"""A year of generated signals: which there are, and which of them are worth asking about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jobs.demo.generated.browsing import anonymous, matches, rotations
from jobs.demo.generated.contacts import contacts
from jobs.demo.generated.files import SignalFile, by_month
from jobs.demo.generated.logins import logins, tablets
from jobs.demo.generated.roles import Roles, pairs
from jobs.demo.generated.values import cookie, email

SEED = 2017


@dataclass(frozen=True)
class Year:
    """The generated signals of 2017.

    Attributes:
        files: By source and month.
        apart: Two identifiers of two households, TYPE:VALUE, that a partner takes for one person's.
        together: Two identifiers of one household that were never seen side by side.
    """

    seed: int
    files: Sequence[SignalFile]
    apart: tuple[str, str]
    together: tuple[str, str]


def generate(accounts: Sequence[str], *, seed: int = SEED) -> Year:
    """Signals of the households with these ids; the same ids and seed give the same signals.

    Raises:
        ValueError: There are too few households, or more than numbers to give them.
    """
    random = np.random.default_rng(seed)
    roles = Roles.draw(len(accounts), random)
    signals = [
        *logins(accounts, roles, random),
        *tablets(accounts, roles, random),
        *contacts(accounts, roles, random),
        *anonymous(accounts, roles, random),
        *rotations(len(accounts), roles, random),
        *matches(len(accounts), roles, random),
    ]
    one, other = pairs(roles.mismatched)[0]
    rotating = roles.rotating[0]
    return Year(
        seed,
        by_month(signals),
        apart=(f"account:{accounts[one]}", f"account:{accounts[other]}"),
        together=(f"email:{email(accounts[rotating])}", f"cookie:{cookie(len(accounts) + rotating)}"),
    )
