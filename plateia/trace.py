"""The trace of a run: its id, its pinned inputs, what came out, and what it says while it works."""

from __future__ import annotations

import json
import logging
import secrets
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from plateia import clock
from plateia.clock import AsOf
from plateia.errors import Problem

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

_LINE_EVERY_SECONDS = 10.0


def random_token() -> str:
    """Six random hex digits: the one place of randomness, for names that must not clash."""
    return secrets.token_hex(3)


def random_bytes(count: int) -> bytes:
    """Bytes that nobody can foresee, for keys and nonces."""
    return secrets.token_bytes(count)


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a job. ``pins`` are the versions of the tables it reads."""

    run_id: str
    command: str
    as_of: AsOf
    started: datetime
    pins: Mapping[str, int] = field(default_factory=dict)

    def pinned(self, pins: Mapping[str, int]) -> Run:
        """The same run, reading these versions."""
        return replace(self, pins=dict(pins))


def new_run(command: str, as_of: AsOf) -> Run:
    """A run that starts now; its id is the UTC instant and a short random: ``20180101T050000Z-1a2b3c``."""
    started = clock.now()
    return Run(f"{started:%Y%m%dT%H%M%SZ}-{random_token()}", command, as_of, started)


@dataclass(slots=True)
class Outcome:
    """The closing word of a command: what ``--json`` prints and what the process returns."""

    command: str
    run_id: str | None
    as_of: str | None
    exit: int
    results: list[dict[str, object]]
    errors: list[Problem]

    def as_json(self) -> dict[str, object]:
        """The object of ``--json``: instants as ISO text in UTC, each error as its six fields."""
        return {
            "command": self.command,
            "run_id": self.run_id,
            "as_of": self.as_of,
            "exit": self.exit,
            "results": [{name: _plain(value) for name, value in row.items()} for row in self.results],
            "errors": [error.as_dict() for error in self.errors],
        }


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return clock.iso(value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)


class _Stderr(logging.StreamHandler[TextIO]):
    """Writes to whatever ``sys.stderr`` is at that moment, so that a command may run again and again."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:
        return sys.stderr

    @stream.setter
    def stream(self, _: TextIO) -> None:
        raise AttributeError("the stream is always sys.stderr")


class _JsonLine(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": clock.iso(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        return json.dumps(line, ensure_ascii=False)


def configure_logging(*, quiet: bool = False, silent: bool = False, log_format: str = "text") -> None:
    """Send the log of Plateia to stderr, as text or one JSON object a line.

    ``quiet`` keeps warnings and errors, ``silent`` nothing.
    """
    handler = logging.NullHandler() if silent else _Stderr()
    handler.setFormatter(
        _JsonLine() if log_format == "json" else logging.Formatter("%(asctime)s %(levelname)s %(message)s")
    )
    root = logging.getLogger("plateia")
    root.handlers = [handler]
    root.setLevel(logging.WARNING if quiet else logging.INFO)
    root.propagate = False


def log(name: str) -> logging.Logger:
    """The logger of one part of Plateia, under the level and format of ``configure_logging``."""
    return logging.getLogger(f"plateia.{name}")


class Progress:
    """Shows how far long work is: a bar on a terminal, else one log line every ten seconds; nothing when quiet."""

    def __init__(self, label: str, total: int) -> None:
        self.label, self.total, self.done = label, total, 0
        self._log = log("progress")
        self._bar: Bar | None = None
        self._said = time.monotonic()

    def __enter__(self) -> Self:
        if self._log.isEnabledFor(logging.INFO) and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import Progress as Bar

            self._bar = Bar(console=Console(stderr=True), transient=True)
            self._bar.start()
            self._bar.add_task(self.label, total=self.total)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()

    def advance(self, steps: int = 1) -> None:
        """Count finished steps."""
        self.show(self.done + steps, self.total)

    def show(self, done: int, total: int) -> None:
        """Say how far the work is."""
        self.done, self.total = done, total
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=done, total=total)
        elif total and time.monotonic() - self._said >= _LINE_EVERY_SECONDS:
            self._said = time.monotonic()
            self._log.info("%s: %d of %d", self.label, done, total)
