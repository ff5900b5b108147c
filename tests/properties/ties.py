"""What random people have said of consent, for the engine and for the naive evaluator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from random import Random

import pyarrow as pa

from plateia.tables import INSTANT

PURPOSES = ["ads", "mail", "never asked"]
WORDS = {"ordinal": pa.int32(), "at": INSTANT, "purpose": pa.string(), "granted": pa.bool_()}


def words(
    random: Random, ordinals: Sequence[int], n: int, as_of: datetime, instant: Callable[[], datetime]
) -> list[dict[str, object]]:
    """Words on two purposes, many of them at one instant, some at as_of."""
    return [
        {
            "ordinal": random.choice(ordinals),
            "at": random.choice([as_of, as_of - timedelta(days=1), instant()]),
            "purpose": random.choice(PURPOSES[:2]),
            "granted": random.random() < 0.6,
        }
        for _ in range(n)
    ]
