"""Awkward values, drawn from a seeded source of chance."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import TypeVar

from tests.company.world import SITES, TURNING_DAYS, as_of, borders

T = TypeVar("T")

BEYOND_FLOAT = 9_007_199_254_740_993  # 2^53 + 1: the first whole number that a double cannot hold

TEXTS = (
    "gold", "Gold", "GOLD", " gold", "", "straße", "STRASSE", "İstanbul", "i\u0307stanbul", "istanbul", "ñandú",
    "n\u0303andu\u0301", "🛒 vip", "o'clock \"x\"", "NO", "012", "1:30", "null", "gold,silver", "ΣΟΦΟΣ", "σοφος",
)  # fmt: skip

WORDS = ("new", "New", "vip", "café", "CAFÉ", "cafe\u0301", "", "sale", "Straße")


def maybe(chance: Random, value: T, *, missing: float = 0.15) -> T | None:
    return None if chance.random() < missing else value


def text(chance: Random) -> str:
    return chance.choice(TEXTS)


def double(chance: Random) -> float:
    cents = chance.randrange(-500, 5000) / 100
    return chance.choice((0.0, -0.0, float("nan"), 1.5, 0.1 + 0.2, 0.3, -2.25, 1e12, cents))


def money(chance: Random) -> float:
    """Amounts of cents, as doubles: sums of them depend on the order unless they are exact."""
    return chance.choice((float("nan"), 33.33, 33.34, 0.0078125, 0.0000025, *(chance.randrange(1, 6000) / 100,) * 16))


def decimal(chance: Random) -> Decimal:
    return Decimal(chance.choice((0, 1, 1010, -1010, chance.randrange(-2000, 9000)))).scaleb(-2)


def long(chance: Random) -> int:
    return chance.choice((0, 1, -1, BEYOND_FLOAT, BEYOND_FLOAT + 1, chance.randrange(0, 40)))


def day(chance: Random) -> date:
    turning, near = chance.choice(TURNING_DAYS), date(2018, 11, 8) + timedelta(days=chance.randrange(-40, 40))
    leap, before_leap, epoch = date(2000, 2, 29), date(1990, 2, 28), date(1970, 1, 1)
    return chance.choice((leap, before_leap, epoch, turning, turning.replace(year=1985), near))


def words(chance: Random) -> list[str | None]:
    """A list of a few words; some are missing, some come twice."""
    return [maybe(chance, chance.choice(WORDS), missing=0.1) for _ in range(chance.randrange(0, 4))]


def instant(chance: Random, site: str) -> datetime:
    """A UTC instant: often on a border, mostly before as_of, now and then after it."""
    if chance.random() < 0.3:
        return chance.choice(borders(site))
    return as_of(site) - timedelta(microseconds=chance.randrange(-5 * 86_400_000_000, 400 * 86_400_000_000))


def wall_time(chance: Random, site: str) -> datetime:
    """A naive local time, often in the small hours of a day on which the clock may jump: in gaps and folds."""
    if chance.random() < 0.3:
        minutes = chance.choice((0, 0, 15, 30, 59, 60, 75, 119, 120, 150, 180, 23 * 60 + 30))
        turning = chance.choice(TURNING_DAYS) - timedelta(days=chance.randrange(2))
        return datetime.combine(turning, time.min) + timedelta(minutes=minutes)
    return instant(chance, site).astimezone(SITES[site]).replace(tzinfo=None)


def pick(chance: Random, of: Sequence[T]) -> T:
    return of[min(int(chance.expovariate(3) * len(of)), len(of) - 1)]
