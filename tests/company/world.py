"""The sites, the instant everything is computed for, and what the warehouse must hold in the end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.calendar import first_instant, instant_of

Row = dict[str, Any]

COUNTRIES = {
    "AR": ("mla", "America/Argentina/Buenos_Aires"),
    "BR": ("mlb", "America/Sao_Paulo"),  # until 2019 its clock jumped from 00:00 to 01:00
    "CL": ("mlc", "America/Santiago"),  # and so does this one
    "MX": ("mlm", "America/Mexico_City"),
    "UY": ("mlu", "America/Montevideo"),
    "CO": ("mco", "America/Bogota"),
    "PE": ("mpe", "America/Lima"),
    "EC": ("mec", "America/Guayaquil"),
    "US": ("us", "America/New_York"),
}
SITES = {site: ZoneInfo(zone) for site, zone in COUNTRIES.values()}

AS_OF = "2018-11-08T15:30:00"  # a Thursday, local on every site

# Days on which some site's clock jumped, and the ends of calendar units before as_of.
TURNING_DAYS = tuple(
    date.fromisoformat(day)
    for day in (
        "2017-10-15", "2017-11-05", "2018-01-01", "2018-02-18", "2018-03-11", "2018-04-01", "2018-05-13", "2018-07-01",
        "2018-08-12", "2018-10-01", "2018-10-28", "2018-10-29", "2018-11-01", "2018-11-04", "2018-11-05", "2018-11-07",
        "2018-11-08",
    )
)  # fmt: skip


@cache
def as_of(site: str) -> datetime:
    """The UTC instant of the run on a site."""
    return instant_of(datetime.fromisoformat(AS_OF), SITES[site])


@cache
def borders(site: str) -> list[datetime]:
    """Instants at which a window of the audiences begins or ends, and the microsecond before each."""
    now = as_of(site)
    back = [timedelta(hours=1), *(timedelta(days=n) for n in (0, 1, 7, 14, 30, 90, 180))]
    edges = [now - step for step in back] + [first_instant(day, SITES[site]) for day in TURNING_DAYS]
    return edges + [edge - timedelta(microseconds=1) for edge in edges]


@dataclass(frozen=True)
class Event:
    """One event as the warehouse must hold it."""

    site: str
    person_id: str
    at: datetime
    event_id: str
    properties: Row


@dataclass
class Truth:
    """People by (site, person id) with their traits; events by type; refused rows counted by source.

    Rows of relations are ``site, start, to_key`` and their properties, words ``site, person_id, purpose, at, granted``;
    those of people whom nobody knows are among them.
    """

    people: dict[tuple[str, str], Row] = field(default_factory=dict)
    deliveries: dict[str, list[Event]] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    relations: dict[str, list[Row]] = field(default_factory=dict)
    words: list[Row] = field(default_factory=list)

    def person(self, site: str, person_id: str, **traits: object) -> None:
        self.people.setdefault((site, person_id), {}).update(traits)

    def relate(self, relation: str, site: str, start: str, to_key: str, **properties: object) -> None:
        """A row of a relation; the same row again is no other."""
        row = {"site": site, "start": start, "to_key": to_key, **properties}
        known = self.relations.setdefault(relation, [])
        same = {name: None if value != value else value for name, value in row.items()}  # NaN is missing
        if same not in known:
            known.append(same)

    def say(self, site: str, person_id: str, purpose: str, at: datetime, *, granted: bool) -> None:
        """A word on a purpose."""
        self.words.append({"site": site, "person_id": person_id, "purpose": purpose, "at": at, "granted": granted})

    def deliver(self, kind: str, event: Event) -> None:
        """An accepted row; its person exists from now on, whatever becomes of the row."""
        self.person(event.site, event.person_id)
        self.deliveries.setdefault(kind, []).append(event)

    def events(self, kind: str) -> list[Event]:
        """The deliveries of a type, each event once: of several the one with the latest ``at``."""
        latest: dict[tuple[str, str], Event] = {}
        for event in self.deliveries[kind]:
            known = latest.get((event.site, event.event_id))
            assert known is None or known.at != event.at or known == event, "the generator makes no ties"
            if known is None or known.at < event.at:
                latest[event.site, event.event_id] = event
        return list(latest.values())


def utc(naive: datetime) -> datetime:
    return naive.replace(tzinfo=UTC)
