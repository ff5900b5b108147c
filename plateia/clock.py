"""The only reader of the wall clock, and the one place where local times become instants.

A local time in a DST gap moves forward by the gap; in a fold the first instant counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from plateia.errors import UsageError, echo

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def now() -> datetime:
    """The wall clock, in UTC. Nothing else in Plateia asks for it."""
    return datetime.now(UTC)


def to_instant(local: datetime, zone: ZoneInfo) -> datetime:
    """The UTC instant of a naive local time."""
    # fold=0 is the first instant in a fold; in a gap it applies the offset before, which moves forward by the gap.
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def local_midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a local day, in UTC, also where the day has no midnight."""
    return to_instant(datetime.combine(day, time.min), zone)


def local_date(instant: datetime, zone: ZoneInfo) -> date:
    """The local calendar date of an instant."""
    return instant.astimezone(zone).date()


@dataclass(frozen=True, slots=True)
class AsOf:
    """The business instant of a run: one for all sites, or one a site where it was given in local terms."""

    given: datetime | date

    @classmethod
    def parse(cls, text: str | None) -> AsOf:
        """Read ``--as-of``: an ISO 8601 instant, a naive instant (site-local), a plain date (local midnight), or now.

        Raises:
            UsageError: The text is none of these.
        """
        if text is None:
            return cls(now().replace(microsecond=0))
        try:
            return cls(date.fromisoformat(text) if _DATE.fullmatch(text) else datetime.fromisoformat(text))
        except ValueError:
            raise UsageError.because(
                f"--as-of {echo(text)}",
                expected="an ISO 8601 date or instant",
                hint="Examples: 2018-01-01, 2018-01-01T05:00, 2018-01-01T05:00:00Z.",
            ) from None

    def at(self, zone: ZoneInfo) -> datetime:
        """The UTC instant of this as_of on a site of the given zone."""
        if isinstance(self.given, datetime):
            return to_instant(self.given, zone) if self.given.tzinfo is None else self.given.astimezone(UTC)
        return local_midnight(self.given, zone)

    def __str__(self) -> str:
        if isinstance(self.given, datetime) and self.given.tzinfo is not None:
            return iso(self.given)
        return self.given.isoformat()


def iso(instant: datetime) -> str:
    """``2018-01-01T05:00:00Z``: an instant as text, in UTC, microseconds only where there are any."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def instant_of(micros: int) -> datetime:
    """The UTC instant of microseconds since 1970."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
