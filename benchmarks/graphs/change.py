"""A change to a company's signals: a day's files delivered anew with rows missing, and one more day."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from benchmarks.graphs.company import DAYS, Company, day_of_pair, source_of, sources
from benchmarks.graphs.people import EDGES_A_PERSON, SEED, Flags, Kind, Seen, code, seen, together

_DAY = 41  # the one whose files are delivered anew
_NEW_PLACE = 40  # of a cookie that nobody has had


@dataclass(frozen=True)
class Change:
    """What changes in a company of so many people.

    Attributes:
        deleted, inserted: As a share of all rows.
    """

    company: Company
    people: int
    rows: int
    deleted: float = 0.001
    inserted: float = 0.005

    def deliver(self) -> tuple[int, int]:
        """Take rows out of one day's files and add the files of a new day; returns how many went and came."""
        day, stays = self._of_the_day, self._stays
        self._write(day.where(stays), _DAY)
        new = self._of_a_new_day()
        self._write(new, DAYS)
        return int((~stays).sum()), len(new.a)

    def bring_back(self) -> None:
        """Deliver the day's files as they were."""
        self._write(self._of_the_day, _DAY)

    def _write(self, rows: Seen, day: int) -> None:
        names = source_of(rows)
        for source in sources():
            mine = names == source
            if mine.any():
                self.company.write_day(source, day, rows.where(mine))

    @cached_property
    def _of_the_day(self) -> Seen:
        """All rows of the day, whatever their source, as the company was written."""
        return together(block.where(day_of_pair(block) == _DAY) for block in seen(self.people))

    @property
    def _stays(self) -> Flags:
        size = len(self._of_the_day.a)
        stays = np.ones(size, np.bool_)
        gone = min(size, round(self.deleted * self.rows))
        stays[np.random.default_rng((SEED, _DAY)).choice(size, gone, replace=False)] = False
        return stays

    def _of_a_new_day(self) -> Seen:
        """Half of it is new people, half are new cookies of people who are known."""
        half = round(self.inserted * self.rows / 2)
        known = np.random.default_rng((SEED, DAYS)).choice(self.people, min(half, self.people), replace=False)
        known.sort()
        cookies = Seen(
            code(Kind.ACCOUNT, known, 0), code(Kind.COOKIE, known, _NEW_PLACE), np.ones(len(known), np.bool_)
        )
        newcomers = seen(self.people + max(1, round(half / EDGES_A_PERSON)), first=self.people)
        return together([cookies, *newcomers])
