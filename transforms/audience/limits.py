"""How much a worker holds in memory at a time; whatever the limits are, the bytes that come out are the same."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one block task; together with the people's columns they keep a worker under 1.5 GB.

    Attributes:
        leaf_bytes: Packed truths of leaves; more are evaluated in tiles of audiences. One audience is one tile at
            least: its own leaves, people / 8 bytes each, are held together.
        event_rows: Events that are decoded at a time, about 100 bytes each; more are read in slices of local days.
        state_bytes: Sums, counts and extremes that wait for the next slice; more measures take another pass.
        totals_bytes: Packed daily totals that are unpacked together.
        fresh_bytes: Daily totals of one block that a run keeps for the next; those beyond are totalled anew then.
        totals_days: Windows of so many whole days, or more, are answered from daily totals
        totals_from_rows: where the windows hold so many events of a block at least
        rows_a_total, rows_a_piece: and where that costs less than reading them. What a row of totals, and what the
            totals of a filter in a period cost, in events read (measured).
    """

    leaf_bytes: int = 1 << 29
    event_rows: int = 3 << 20
    state_bytes: int = 1 << 28
    totals_bytes: int = 1 << 25
    fresh_bytes: int = 1 << 28
    totals_days: int = 28
    totals_from_rows: int = 1 << 23
    rows_a_total: float = 0.3
    rows_a_piece: float = 500.0


LIMITS = Limits()
