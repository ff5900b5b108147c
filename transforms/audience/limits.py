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
    """

    leaf_bytes: int = 1 << 29
    event_rows: int = 1 << 22
    state_bytes: int = 1 << 28


LIMITS = Limits()
