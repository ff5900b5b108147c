"""The frozen schema: which columns a matrix has, in order, and the statistics their transforms need.

Found once, when a model is trained; kept with the model, so that scoring computes the very same columns.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from hashlib import sha256

from transforms.features.plan import Feature

ACTIVITY = "activity"  # the reserved first column: all events of the types that the features use; never a model input
MAX_COLUMNS = 2_000  # a block's matrix must stay below the 2 GB that one binary cell can hold


@dataclass(frozen=True, slots=True)
class Tally:
    """What one block (or several, added up) saw of a feature's value: people who have it, sums, the largest number."""

    feature: int
    value: str | None
    people: int
    total: float
    squares: float
    largest: float


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its feature, the value of a family or one-hot (None: the feature has one column), and statistics.

    ``fill`` stands for a missing number, before the transform: the mean of a trait, the longest recency, else 0.
    """

    feature: str
    value: str | None
    mean: float
    deviation: float
    fill: float

    @property
    def name(self) -> str:
        return self.feature if self.value is None else f"{self.feature}[{self.value}]"


@dataclass(frozen=True)
class FrozenSchema:
    """Columns in order; ``digest`` identifies them (hex SHA-256 of their canonical JSON)."""

    features: str
    columns: tuple[Column, ...]

    @cached_property
    def text(self) -> str:
        """Canonical JSON; ``parse`` reads it back."""
        content = {"features": self.features, "columns": [asdict(column) for column in self.columns]}
        return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @cached_property
    def digest(self) -> str:
        return sha256(self.text.encode()).hexdigest()

    @property
    def too_wide(self) -> str | None:
        """Why the columns cannot be packed, or None."""
        if len(self.columns) <= MAX_COLUMNS:
            return None
        return f"`{self.features}` makes {len(self.columns)} columns; at most {MAX_COLUMNS} can be: raise min_people"

    @classmethod
    def parse(cls, text: str) -> FrozenSchema:
        content = json.loads(text)
        return cls(content["features"], tuple(Column(**column) for column in content["columns"]))


def add_tallies(tallies: Iterable[Tally]) -> list[Tally]:
    """Sum tallies of blocks; to get the same last bits every time, hand them over in block order."""
    added: dict[tuple[int, str | None], Tally] = {}
    for tally in tallies:
        key = (tally.feature, tally.value)
        known = added.get(key, Tally(*key, 0, 0.0, 0.0, float("-inf")))
        added[key] = Tally(
            *key,
            known.people + tally.people,
            known.total + tally.total,
            known.squares + tally.squares,
            max(known.largest, tally.largest),
        )
    return [added[key] for key in sorted(added, key=lambda key: (key[0], key[1] is not None, key[1] or ""))]


def freeze(features: str, parts: Sequence[Feature], tallies: Sequence[Tally], *, people: int) -> FrozenSchema:
    """Decide the columns: named values as named, found values by name once enough people have them.

    Args:
        features: Key of the feature set.
        parts: Its features, as compiled.
        tallies: Added up over all blocks of the site.
        people: How many people are alive on the site.
    """
    seen = {(tally.feature, tally.value): tally for tally in tallies}
    columns = [Column(ACTIVITY, None, 0.0, 0.0, 0.0)]
    for index, part in enumerate(parts):
        found = [t.value for t in tallies if t.feature == index and t.value is not None and t.people >= part.min_people]
        values: Iterable[str | None] = [None] if not part.is_family else part.values or sorted(map(str, found))
        columns += [_column(part, value, seen.get((index, value)), people) for value in values]
    return FrozenSchema(features, tuple(columns))


def _column(part: Feature, value: str | None, tally: Tally | None, people: int) -> Column:
    if tally is None or tally.people == 0:
        return Column(part.name, value, 0.0, 0.0, 0.0)
    # Where nothing happened an event's measure is 0, a one-hot too; where a trait is missing, there is no number.
    base = tally.people if part.kind in ("trait", "recency") else people
    mean = tally.total / base
    deviation = max(tally.squares / base - mean * mean, 0.0) ** 0.5
    fill = {"trait": mean, "recency": tally.largest}.get(part.kind, 0.0)
    return Column(part.name, value, mean, deviation, fill)
