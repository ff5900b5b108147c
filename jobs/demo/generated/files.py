"""Files of generated signals: which there are on a day, as bytes that depend on nothing but the seed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

Cells = tuple[str, ...]
COLUMNS: Mapping[str, Cells] = {
    "logins": ("account", "cookie", "device"),
    "contacts": ("account", "email", "phone", "confirmed"),
    "visits": ("cookie", "device"),
    "rotations": ("cookie_new", "cookie_old"),
    "matches": ("cookie_one", "cookie_other"),
}
# The partner takes its matches of November back.
_WITHDRAWN = {("matches", "2017-11"): date(2017, 12, 15)}


@dataclass(frozen=True, order=True, slots=True)
class Signal:
    """A row of a source: when, and the cells of its columns."""

    source: str
    at: datetime
    cells: Cells


@dataclass(frozen=True, slots=True)
class SignalFile:
    """A month of a source.

    Attributes:
        arrives: The first day on which it is there.
        withdrawn: The first day on which it is gone; None: it stays.
    """

    source: str
    month: str
    arrives: date
    withdrawn: date | None
    signals: tuple[Signal, ...]

    @property
    def name(self) -> str:
        """Where it lies, such as ``logins/2017-03.csv``."""
        return f"{self.source}/{self.month}.csv"

    def is_there(self, day: date) -> bool:
        """Whether it has come and has not gone."""
        return self.arrives <= day and (self.withdrawn is None or day < self.withdrawn)

    def encoded(self) -> bytes:
        """As CSV with a header; no generated value needs quotes."""
        rows = [(f"{signal.at:%Y-%m-%dT%H:%M:%SZ}", *signal.cells) for signal in self.signals]
        return "".join(f"{','.join(row)}\n" for row in [("at", *COLUMNS[self.source]), *rows]).encode()


def by_month(signals: Iterable[Signal]) -> list[SignalFile]:
    """The signals in files, one a source and month, which arrives when the month is over."""
    months: dict[tuple[str, date], list[Signal]] = defaultdict(list)
    for signal in sorted(signals):
        months[signal.source, signal.at.date().replace(day=1)].append(signal)
    return [_file(source, first, tuple(rows)) for (source, first), rows in sorted(months.items())]


def _file(source: str, first: date, signals: tuple[Signal, ...]) -> SignalFile:
    month, arrives = f"{first:%Y-%m}", (first + timedelta(days=31)).replace(day=1)
    return SignalFile(source, month, arrives, _WITHDRAWN.get((source, month)), signals)


def deliver(files: Iterable[SignalFile], folder: Path, *, on: date) -> list[SignalFile]:
    """Make a folder hold what has come by a day and has not gone; returns these files."""
    there = []
    for file in files:
        path = folder / file.name
        if file.is_there(on):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.encoded())
            there.append(file)
        else:
            path.unlink(missing_ok=True)
    return there
