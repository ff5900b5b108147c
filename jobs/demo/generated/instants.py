"""Instants of generated signals, drawn from a stretch of days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

_DAY_SECONDS = 86_400


def instants(random: np.random.Generator, count: int, *, first: tuple[int, int], days: int) -> list[datetime]:
    """Whole seconds (UTC) from a month and day of 2017 on, less than some days later, in the order they are drawn."""
    start = datetime(2017, *first, tzinfo=UTC)
    return [start + timedelta(seconds=second) for second in random.integers(0, days * _DAY_SECONDS, count).tolist()]
