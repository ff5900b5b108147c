"""A small made-up company in memory: people with holes among their ordinals, events with nulls and NaN."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

from plateia.tables import INSTANT

AS_OF = datetime(2026, 11, 10, 15, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Tables:
    """Answers like a block's reader does; ``buy`` is the only event type that there is."""

    everyone: pa.Table
    buys: pa.Table

    def people(self, columns: Sequence[str]) -> pa.Table:
        return self.everyone.select([name for name in dict.fromkeys(columns) if name in self.everyone.column_names])

    def events(self, event: str, columns: Sequence[str], start: int | None, end: int) -> pa.Table:
        del start, end  # a reader may let more through
        return self.buys.select(list(dict.fromkeys(columns))) if event == "buy" else pa.table({})


def company(seed: int = 5, *, block: int = 3, people: int = 300, events: int = 4_000) -> Tables:
    """Tables of one block, a day or two around AS_OF among the events' times."""
    draw = np.random.default_rng(seed)
    first = block * 262_144
    ordinals = first + np.sort(draw.choice(1_000, people, replace=False))
    choose = lambda values, size: [values[i] for i in draw.integers(0, len(values), size)]  # noqa: E731
    everyone = pa.table(
        {
            "ordinal": pa.array(ordinals, pa.int32()),
            "alive": pa.array(draw.random(people) > 0.1),
            "person_id": pa.array([f"p{i}" for i in ordinals]),
            "tier": pa.array(choose(["gold", "silver", "tin", None, "gold"], people)).dictionary_encode(),
            "age": pa.array(choose([20, 33, 47, None], people), pa.int64()),
            "score": pa.array(choose([0.5, float("nan"), None, 2.25], people), pa.float64()),
        }
    )
    offsets = draw.integers(-200 * 86_400, 2 * 86_400, events)
    buys = pa.table(
        {
            "ordinal": pa.array(draw.choice(ordinals, events), pa.int32()),
            "at": pa.array([AS_OF + timedelta(seconds=int(s)) for s in offsets], INSTANT),
            "shop": pa.array(choose(["north", "söuth", "east", None], events)).dictionary_encode(),
            "item": pa.array([str(i) for i in draw.integers(0, 60, events)]),
            "pieces": pa.array(choose([1, 2, None, 5], events), pa.int64()),
            "amount": pa.array(choose([0.1, 0.2, 33.33, -5.0, None, float("nan")], events), pa.float64()),
        }
    )
    return Tables(everyone, buys)
