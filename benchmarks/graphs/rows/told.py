"""What a row tells, and the sizes that it is told for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.measuring import Row

Told = tuple[list[Row], dict[str, object]]


@dataclass(frozen=True)
class Options:
    """What a row is run with.

    Attributes:
        size: In the row's own unit.
        share: Of the row's own size; what is meant for that size shrinks with it.
        limit_s: The most seconds of a rival's run.
        memory: Of the JVM where rivals have one each.
    """

    size: int
    share: float
    runs: int
    limit_s: float
    memory: str

    def scaled(self, number: int) -> int:
        """A number that is meant for the row's own size."""
        return round(number * self.share)


@dataclass(frozen=True)
class Asked:
    """A row that can be asked for: ``size`` is its own, in ``unit``."""

    run: Callable[[Options], Told]
    size: int
    unit: str
