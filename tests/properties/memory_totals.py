"""Daily totals kept in memory: partitions are months of UTC, and a digest of their rows says whether they changed."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pyarrow as pa

from plateia.records import EventPeriod, FreshTotals, PackedTotals

Kept = dict[tuple[str, str, str], dict[str, PackedTotals]]  # event type, period, source -> packed totals by key


@dataclass
class MemoryTotals:
    """The totals of one block whose events are ``events``; ``kept`` outlives it."""

    events: Mapping[str, pa.Table]
    kept_rows: Kept = field(default_factory=dict)
    loaded: int = 0

    def periods(self, event: str) -> list[EventPeriod]:
        by_month: dict[str, list[dict[str, object]]] = {}
        for row in self.events.get(event, pa.table({})).to_pylist():
            by_month.setdefault(f"{row['at'].astimezone(UTC):%Y-%m}-01", []).append(row)
        return [self._period(event, day, rows) for day, rows in sorted(by_month.items())]

    def _period(self, event: str, day: str, rows: list[dict[str, object]]) -> EventPeriod:
        at = [_us(row["at"]) for row in rows]
        source = hashlib.sha256(repr(sorted(map(repr, rows))).encode()).hexdigest()
        return EventPeriod(event, day, min(at), max(at), len(rows), source)

    def kept(self, period: EventPeriod) -> Mapping[str, int]:
        return {key: packed.rows for key, packed in self._of(period).items()}

    def load(self, period: EventPeriod, keys: Collection[str]) -> Mapping[str, bytes]:
        self.loaded += len(keys)
        return {key: self._of(period)[key].data for key in keys}

    def keep(self, fresh: Iterable[FreshTotals]) -> None:
        for found in fresh:
            self._of(found.period).update(found.packed)

    def _of(self, period: EventPeriod) -> dict[str, PackedTotals]:
        return self.kept_rows.setdefault((period.event, period.day, period.source), {})


def _us(at: object) -> int:
    assert isinstance(at, datetime)
    return int(pa.scalar(at, pa.timestamp("us", tz="UTC")).value)
