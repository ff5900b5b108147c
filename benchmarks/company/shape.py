"""How large a marketplace is: sites, blocks, event types, periods. Everything else follows from it and the seed."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np

from plateia.tables import BLOCK_SIZE
from transforms.warehouse.tables.periods import Period, Volume, choose_period

FIRST_DAY = date(2026, 1, 1)
DAYS = 90
AS_OF = datetime(2026, 4, 1, tzinfo=UTC)  # FIRST_DAY and 90 days
SEED = 20260401
SHARES = {"mlb": 3, "mla": 1}
ZONES = {"mlb": "America/Sao_Paulo", "mla": "America/Argentina/Buenos_Aires"}
COUNTRIES = {"mlb": "BR", "mla": "AR"}
EVENT_TYPES = ("view", "search", "favourite", "question", "cart", "purchase", "review", "share")


@dataclass(frozen=True, slots=True)
class Stretch:
    """The events of one type in one period of one block: ``rows`` of them in [``start``, ``end``)."""

    site: str
    event: str
    block: int
    period: date
    start: datetime
    end: datetime
    rows: int


@dataclass(frozen=True, slots=True)
class Shape:
    """A marketplace of ``people`` on sites 3 : 1 with ``events`` of 90 days, the types by Zipf."""

    people: int
    events: int
    sites: tuple[str, ...] = ("mlb", "mla")
    types: tuple[str, ...] = EVENT_TYPES
    seed: int = SEED

    @property
    def name(self) -> str:
        """``4000k-40M``: the folder that holds it."""
        return f"{self.people // 1000}k-{self.events / 1e6:g}M"

    def people_of(self, site: str) -> int:
        total = sum(SHARES[each] for each in self.sites)
        return self.people * SHARES[site] // total

    def blocks(self) -> Iterator[tuple[str, int, int]]:
        """(site, block, its people)."""
        for site in self.sites:
            left, block = self.people_of(site), 0
            while left > 0:
                yield site, block, min(left, BLOCK_SIZE)
                left, block = left - BLOCK_SIZE, block + 1

    def events_of(self, site: str, event: str) -> int:
        weights = {name: 1 / rank for rank, name in enumerate(self.types, 1)}
        share = weights[event] / sum(weights.values()) * self.people_of(site) / self.people
        return int(self.events * share)

    def period_of(self, site: str, event: str) -> Period:
        """The period that a refresh chooses for so many events."""
        volume = Volume(self.events_of(site, event), float(DAYS), self.people_of(site))
        return choose_period(volume, ())

    def stretches(self, site: str, block: int, people: int) -> Iterator[Stretch]:
        """The files of a block: a type's events are spread evenly over people and days."""
        for event in self.types:
            of_block = self.events_of(site, event) * people / self.people_of(site)
            for period, start, end in _periods(self.period_of(site, event)):
                rows = round(of_block * (end - start) / timedelta(days=DAYS))
                yield Stretch(site, event, block, period, start, end, rows)

    def next_day(self, site: str, block: int, people: int) -> Iterator[Stretch]:
        """One more day, as much as a ninetieth of what is there."""
        for event in self.types:
            rows = round(self.events_of(site, event) * people / self.people_of(site) / DAYS)
            yield Stretch(site, event, block, AS_OF.date(), AS_OF, AS_OF + timedelta(days=1), rows)

    def random(self, *parts: object) -> np.random.Generator:
        """A generator of its own for every part, whatever the size of the others."""
        return np.random.default_rng([self.seed, *(zlib.crc32(str(part).encode()) for part in parts)])


def _periods(length: Period) -> Iterator[tuple[date, datetime, datetime]]:
    """(first day of the period, what of it lies in the 90 days)."""
    last = FIRST_DAY + timedelta(days=DAYS)
    first = {"week": FIRST_DAY - timedelta(days=FIRST_DAY.weekday()), "month": FIRST_DAY, "year": FIRST_DAY}[length]
    while first < last:
        following = _following(first, length)
        yield first, _midnight(max(first, FIRST_DAY)), _midnight(min(following, last))
        first = following


def _following(first: date, length: Period) -> date:
    if length == "week":
        return first + timedelta(days=7)
    if length == "year":
        return first.replace(year=first.year + 1)
    return (first + timedelta(days=32)).replace(day=1)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
