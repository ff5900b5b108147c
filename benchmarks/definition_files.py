"""A marketplace of nine country sites as its configuration: sources, and as many audiences as are asked for, seeded.

Each audience is 1 to 3 groups of 1 to 3 conditions. Conditions come from a pool by Zipf's law, in an order of its own
on each site: most audiences say what others said before, and a long tail says something new.
"""

from __future__ import annotations

import random
import re
from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, islice
from pathlib import Path

# Site: zone and share of the audiences.
SITES = {
    "mlb": ("America/Sao_Paulo", 0.42),
    "mlm": ("America/Mexico_City", 0.20),
    "mla": ("America/Argentina/Buenos_Aires", 0.14),
    "mco": ("America/Bogota", 0.08),
    "mlc": ("America/Santiago", 0.06),
    "mlu": ("America/Montevideo", 0.04),
    "mpe": ("America/Lima", 0.03),
    "mec": ("America/Guayaquil", 0.02),
    "mlv": ("America/Caracas", 0.01),
}
POOL = 60_000  # distinct conditions: each is stated about 14 times by 180,000 audiences

_LEVELS = ("1", "2", "3", "4", "5", "6")
_STATES = tuple(f"state-{n:02}" for n in range(28))
_CATEGORIES = tuple(f"{a}-{b}" for a in ("home", "tools", "beauty", "toys", "phones", "cars", "sports", "books")
                    for b in range(100, 140))  # fmt: skip
_BRANDS = tuple(f"brand-{n:03}" for n in range(200))
_DEVICES = ("android", "ios", "desktop", "mobile-web")
_EVENTS = ("purchase", "view", "search", "cart_add", "favorite", "question", "push_open", "email_click", "ad_click",
           "coupon_used", "store_visit", "return")  # fmt: skip
_TEXT_TRAITS = {
    "loyalty_level": _LEVELS,
    "state": _STATES,
    "gender": ("f", "m", "x"),
    "age_band": ("18-24", "25-34", "35-44", "45-54", "55-64", "65+"),
    "favorite_category": _CATEGORIES,
    "device": _DEVICES,
    "segment": tuple(f"segment-{n:02}" for n in range(40)),
}
_NUMBER_TRAITS = ("orders", "items_sold", "credit_score", "days_active", "open_carts", "reviews")
_DATE_TRAITS = ("registered_on", "birthday", "last_login_on")
_WINDOWS = ("{last: 7d}", "{last: 14d}", "{last: 30d}", "{last: 60d}", "{last: 90d}", "{last: 24h}", "{last: 365d}",
            "{from: 90d, to: 30d}", "{from: 60d, to: 7d}", "{days: 30}", "{days: 7}", "{this: month}",
            "{previous: month}", "{previous: week}", "{since: 2026-01-01}")  # fmt: skip


@dataclass(frozen=True)
class DefinitionFiles:
    """So many audiences, as files of ``a_file`` audiences each; equal seeds give equal bytes."""

    audiences: int
    seed: int
    a_file: int = 20

    def write(self, root: Path) -> Path:
        """Write the configuration below ``root``; returns its folder."""
        configs = root / "configs"
        for name, text in {**_settings(), **_sources()}.items():
            _write(configs / name, text)
        draw = random.Random(self.seed)
        conditions = _Conditions(draw)
        for site, count in self.counts().items():
            documents = _documents(site, count, conditions, draw)
            for number in range(0, count, self.a_file):
                text = "---\n".join(islice(documents, self.a_file))
                _write(configs / "audiences" / site / f"{number // 1000:03}" / f"{site}-{number:06}.yml", text)
        return configs

    def counts(self) -> dict[str, int]:
        """Audiences a site; the rounded rest is of the first one."""
        counts = {site: int(self.audiences * share) for site, (_, share) in SITES.items()}
        first = next(iter(counts))
        return {**counts, first: counts[first] + self.audiences - sum(counts.values())}


def edited(text: str) -> str:
    """The text of a file of audiences with another guard in its first one: an ordinary change."""
    return re.sub(r"max_change: (\d+)%", lambda found: f"max_change: {int(found[1]) % 90 + 1}%", text, count=1)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def _settings() -> dict[str, str]:
    sites = "".join(f"{site}: {{zone: {zone}}}\n" for site, (zone, _) in SITES.items())
    return {"sites.yml": sites, "environments/local.yml": "lake: lake\nvariables: {data: data}\n"}


def _sources() -> dict[str, str]:
    site = "{column: site, map: {" + ", ".join(f"{name.upper()}: {name}" for name in SITES) + "}}"
    traits = {
        **{name: f"{{type: string, values: [{', '.join(values)}]}}" for name, values in _TEXT_TRAITS.items()},
        **dict.fromkeys(_NUMBER_TRAITS, "{type: long}"),
        **dict.fromkeys(_DATE_TRAITS, "{type: date}"),
    }
    people = (
        "source: people\nkind: people\nread: {format: parquet, path: '${data}/people'}\n"
        f"site: {site}\nperson: {{column: user_id}}\ntraits:\n"
    ) + "".join(f"  {name}: {kind}\n" for name, kind in traits.items())
    properties = "{category: {type: string}, brand: {type: string}, device: {type: string}, amount: {type: double}}"
    return {"sources/people.yml": people} | {
        f"sources/{event}.yml": (
            f"source: {event}\nkind: events\nevent: {event}\nread: {{format: delta, path: '${{data}}/{event}'}}\n"
            f"site: {site}\nperson: {{column: user_id}}\nat: {{column: at}}\nid: id\nload: append\n"
            f"properties: {properties}\n"
        )
        for event in _EVENTS
    }


class _Conditions:
    """A pool of distinct conditions, drawn by Zipf's law; each is the lines of one node, without indentation."""

    def __init__(self, draw: random.Random) -> None:
        found: dict[tuple[str, ...], None] = {}
        while len(found) < POOL:
            found[tuple(_trait(draw) if draw.random() < 0.4 else _event(draw))] = None
        self._pool = list(found)
        self._weights = list(accumulate(1 / (rank + 1) for rank in range(POOL)))
        self._orders: dict[str, list[int]] = {}
        for site in SITES:
            self._orders[site] = draw.sample(range(POOL), POOL)

    def one(self, site: str, draw: random.Random) -> tuple[str, ...]:
        rank = bisect(self._weights, draw.random() * self._weights[-1])
        return self._pool[self._orders[site][min(rank, POOL - 1)]]


def _trait(draw: random.Random) -> list[str]:
    kind = draw.random()
    if kind < 0.5:
        name = draw.choice(tuple(_TEXT_TRAITS))
        values = _TEXT_TRAITS[name]
        chosen = sorted(draw.sample(values, min(len(values) - 1, draw.randint(1, 4))))
        return [f"trait: {name}", f"is: [{', '.join(chosen)}]" if len(chosen) > 1 else f"is: {chosen[0]}"]
    if kind < 0.8:
        low = draw.randint(0, 900)
        return [
            f"trait: {draw.choice(_NUMBER_TRAITS)}",
            draw.choice((f"is: {{gte: {low}}}", f"is: {{between: [{low}, {low + 100}]}}", f"is: {{lt: {low}}}")),
        ]
    days = draw.randint(1, 700)
    form = draw.choice((f"is: {{last: {days}d}}", f"is: {{from: {days + 30}d, to: {days}d}}"))
    return [f"trait: {draw.choice(_DATE_TRAITS)}", form]


def _event(draw: random.Random) -> list[str]:
    lines = [f"event: {draw.choice(_EVENTS)}"]
    where = []
    if draw.random() < 0.7:
        where.append(f"category: {draw.choice(_CATEGORIES)}")
    if draw.random() < 0.3:
        where.append(f"brand: [{', '.join(sorted(draw.sample(_BRANDS, 2)))}]")
    if draw.random() < 0.2:
        where.append(f"amount: {{gte: {draw.randint(1, 500)}}}")
    lines += [f"where: {{{', '.join(where)}}}"] if where else []
    lines += [f"window: {draw.choice(_WINDOWS)}"]
    measure = draw.random()
    if measure < 0.35:
        lines.append(f"count: {{gte: {draw.randint(1, 12)}}}")
    elif measure < 0.5:
        lines.append(f"sum: {{of: amount, is: {{gte: {draw.randint(1, 40) * 25}}}}}")
    elif measure < 0.6:
        lines.append(f"distinct: {{of: category, is: {{gte: {draw.randint(2, 9)}}}}}")
    return lines


def _documents(site: str, count: int, conditions: _Conditions, draw: random.Random) -> Iterator[str]:
    return (_document(site, number, conditions, draw) for number in range(count))


def _document(site: str, number: int, conditions: _Conditions, draw: random.Random) -> str:
    sites = [site, *([draw.choice([name for name in SITES if name != site])] if draw.random() < 0.05 else [])]
    lines = [
        f"audience: {site}-{number:06}",
        f'title: "Campaign {draw.randint(1, 9999)}: {draw.choice(_CATEGORIES)} on {site.upper()}"',
        f"owner: team-{draw.randint(1, 60):02}",
        f"sites: [{', '.join(sites)}]",
    ]
    if draw.random() < 0.7:
        lines.append("refresh: " + draw.choice(('{cron: "0 5 * * *"}', "{every: 1d}", "{every: 6h}", "{every: 7d}")))
    lines += ["rule:", "  all:"]
    for _ in range(draw.randint(1, 3)):
        op = "none" if draw.random() < 0.15 else draw.choice(("any", "all"))
        lines.append(f"    - {op}:")
        for _ in range(draw.randint(1, 3)):
            first, *rest = conditions.one(site, draw)
            lines += [f"        - {first}", *(f"          {line}" for line in rest)]
    if number and draw.random() < 0.05:
        lines.append(f"    - audience: {site}-{draw.randrange(number):06}")
    if number and draw.random() < 0.08:
        lines.append(f"exclude: [{site}-{draw.randrange(number):06}]")
    lines.append(f"guards: {{min_size: {draw.choice((50, 100, 1000))}, max_change: 30%}}")
    return "\n".join(lines) + "\n"
