"""Random worlds of a few identifiers, told apart by a prefix, that live through days in one company's files."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from plateia.identity.tokens import TokenKeys
from tests.files import write_files
from tests.oracle.identity import Kind, Signal, Value, Word

TOKEN_KEY, WRAP_KEY, WRAP_KEY_2 = "a key of tokens for tests", "a key of wraps for tests", "another key of wraps"
KEYS = {
    "TEST_TOKEN": TOKEN_KEY,
    "TEST_WRAP": WRAP_KEY,
    "TEST_WRAP_2": WRAP_KEY_2,
    "TEST_VAULT": "a key of vaults for tests",
}


def _days(days: int) -> timedelta:
    return timedelta(days=days)


START = datetime(2026, 1, 1, tzinfo=UTC)

KINDS = {
    "account": Kind(1000, 1, max_per_person=2, max_people_per_value=1, exclusive=True, half_life=_days(365)),
    "email": Kind(100, 2, max_per_person=3, max_people_per_value=2, half_life=_days(180)),
    "device": Kind(10, max_people_per_value=2, window=timedelta(days=90), half_life=timedelta(days=90)),
    "cookie": Kind(
        1, max_per_person=4, max_people_per_value=2, window=timedelta(days=30), half_life=timedelta(days=30)
    ),
}
IDENTITY = """
identifiers:
  account: {normalise: text, anchor: 1000, max_per_person: 2, max_people_per_value: 1, verified: exclusive,
    half_life: 365d, priority: 1}
  email: {normalise: text, anchor: 100, max_per_person: 3, max_people_per_value: 2, half_life: 180d, priority: 2}
  device: {normalise: text, anchor: 10, max_people_per_value: 2, window: 90d, half_life: 90d}
  cookie: {normalise: text, anchor: 1, max_per_person: 4, max_people_per_value: 2, window: 30d, half_life: 30d}
"""
SITES = "us: {zone: UTC, country: US}\nbr: {zone: UTC, country: BR}\n"
ENVIRONMENT = """
lake: lake
variables: {data: data}
keys: {identity_token: TEST_TOKEN, identity_wrap: {k1: TEST_WRAP, k2: TEST_WRAP_2}, identity_wrap_current: k1,
  identity_vault: TEST_VAULT}
"""
SERVED = ENVIRONMENT + "lookup: {path: store, shards: 2}\n"
_SOURCES = {
    "logins": (("account", "cookie", "device"), "verified: true\nconfidence: 0.9\n"),
    "crm": (("account", "email"), "verified: {column: confirmed}\nconfidence: {column: sure}\n"),
    "rotations": (("cookie", "cookie", "device"), "confidence: 0.6\npurpose: linking\n"),
    "forms": (("device", "email", "account"), "purpose: linking\nconfidence: 0.5\n"),
}
_CONFIDENCE = {"logins": 0.9, "rotations": 0.6, "forms": 0.5}
_TIME = "%Y-%m-%dT%H:%M:%S"
_HEADER = ("site", "id_0", "id_1", "id_2", "confirmed", "sure", "at")


def stored(value: Value, kid: str = "k1") -> tuple[str, bytes]:
    """A value as the lake knows it under a key."""
    keys = TokenKeys(TOKEN_KEY.encode(), {"k1": WRAP_KEY.encode(), "k2": WRAP_KEY_2.encode()}, kid)
    return value[0], keys.wrap(keys.inner(*value, "us"))


@dataclass
class Company:
    """The files of a company, and what they say.

    Attributes:
        worlds: How many.
        files: File -> its rows.
        words: The log of consents.
        kid: The key that wraps tokens today.
    """

    root: Path
    seed: int
    worlds: int
    files: dict[Path, list[Signal]] = field(default_factory=dict)
    words: list[Word] = field(default_factory=list)
    day: int = 0
    kid: str = "k1"

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self._write("configs/sites.yml", SITES)
        self._write("configs/environments/local.yml", ENVIRONMENT)
        self._write("configs/identity.yml", IDENTITY)
        for name, (kinds, more) in _SOURCES.items():
            listed = "".join(f"  - {{type: {kind}, column: id_{place}}}\n" for place, kind in enumerate(kinds))
            text = f"source: {name}\nkind: signals\nread: {{format: csv, path: '${{data}}/{name}'}}\n"
            text += f"site: {{column: site}}\nat: {{column: at}}\nidentifiers:\n{listed}{more}"
            self._write(f"configs/sources/{name}.yml", text)
        self._write(
            "configs/sources/consents.yml",
            "source: consents\nkind: consents\nread: {format: csv, path: '${data}/consents'}\nsite: us\n"
            "person: {column: account, identifier: account}\npurpose: purpose\ngranted: granted\nat: {column: at}\n",
        )

    @property
    def as_of(self) -> datetime:
        return START + timedelta(days=self.day)

    @property
    def signals(self) -> list[Signal]:
        return [signal for rows in self.files.values() for signal in rows]

    def live(self, days: int, share: float = 0.6) -> None:
        """Let days pass: files come, now and then one goes, and some withdraw."""
        first = not self.files
        self.day += days
        for name in _SOURCES:
            rows = [
                row for world in range(self.worlds) if self.random.random() < share for row in self._rows(name, world)
            ]
            path = self.root / "data" / name / f"{self.day:04}.csv"
            self.files[path] = [row for row, _ in rows]
            self._csv(path, _HEADER, [line for _, line in rows])
        if not first and self.random.random() < 0.7:
            path = self.random.choice(sorted(self.files))
            if sum(other.parent == path.parent for other in self.files) > 1:
                path.unlink()
                del self.files[path]
        self._speak()

    def rename_files(self) -> None:
        """Hand in every file once more, under another name."""
        for path in list(self.files):
            self.files[path.rename(path.with_name(f"again-{path.name}"))] = self.files.pop(path)

    def change_key(self) -> None:
        """From now on tokens are wrapped by another key; the old one is still known."""
        self.kid = "k2"
        self._write("configs/environments/local.yml", ENVIRONMENT.replace("current: k1", "current: k2"))

    def drop_old_key(self) -> None:
        """Only the key of today is known."""
        environment = ENVIRONMENT.replace("current: k1", "current: k2").replace("k1: TEST_WRAP, ", "")
        self._write("configs/environments/local.yml", environment)

    def stored(self, value: Value) -> tuple[str, bytes]:
        """A value as the lake knows it today."""
        return stored(value, self.kid)

    def _rows(self, name: str, world: int) -> Iterator[tuple[Signal, list[object]]]:
        kinds, _ = _SOURCES[name]
        for _ in range(self.random.choice((0, 1, 1, 2, 3))):
            values = [self._value(kind, world) if self.random.random() < 0.85 else None for kind in kinds]
            # A few rows are dated behind as_of, and are seen on a later day.
            at = self.as_of - timedelta(hours=self.random.randrange(-72, 40 * 24))
            confirmed = self.random.random() < 0.5
            sure = self.random.choice((0.25, 0.5, 1.0))
            is_crm = name == "crm"
            signal = Signal(
                name,
                at,
                tuple(values),
                verified=name == "logins" or (is_crm and confirmed),
                confidence=sure if is_crm else _CONFIDENCE[name],
                purpose="linking" if name in ("rotations", "forms") else None,
            )
            cells = [value[1] if value else "" for value in values] + [""] * (3 - len(values))
            site = self.random.choice(("us", "br"))
            yield signal, [site, *cells, str(confirmed).lower(), sure, at.strftime(_TIME)]

    def _value(self, kind: str, world: int) -> Value:
        most = {"account": 4, "email": 4, "device": 3, "cookie": 6}[kind]
        return kind, f"w{world}-{kind}-{self.random.randrange(most)}"

    def _speak(self) -> None:
        for world in range(self.worlds):
            if self.random.random() < 0.1:
                at = self.as_of - timedelta(hours=self.random.randrange(-24, 72))
                self.words.append(Word(self._value("account", world), "linking", self.random.random() < 0.4, at))
        lines = [[w.value[1], w.purpose, str(w.granted).lower(), w.at.strftime(_TIME)] for w in self.words]
        self._csv(self.root / "data" / "consents" / "all.csv", ("account", "purpose", "granted", "at"), lines)

    def _csv(self, path: Path, header: tuple[str, ...], lines: list[list[object]]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([header, *lines])

    def _write(self, name: str, text: str) -> None:
        write_files(self.root, {name: text})
