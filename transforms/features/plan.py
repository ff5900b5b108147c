"""A feature set made ready for the workers of one site: windows resolved, columns known, everything picklable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from transforms.audience.atoms import Where
from transforms.features.matching import tested_properties
from transforms.features.scales import Scale

Kind = Literal["count", "sum", "days", "distinct", "recency", "trait", "one_hot"]


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature: a measure over events (``event`` is set) or a trait.

    ``start_us <= at < end_us`` bounds the events (microseconds since the epoch; None: from the first on). ``of`` is
    the property measured by ``sum`` and ``distinct``; ``per`` the property that makes a family, a column a value:
    those of ``values``, or else those that at least ``min_people`` people have.
    """

    name: str
    kind: Kind
    scale: Scale = "none"
    event: str | None = None
    where: Where | None = None
    start_us: int | None = None
    end_us: int = 0
    of: str | None = None
    per: str | None = None
    values: tuple[str, ...] = ()
    min_people: int = 1
    unit_us: int = 86_400_000_000
    trait: str | None = None

    @property
    def is_family(self) -> bool:
        """Whether the feature has one column a value."""
        return self.per is not None or self.kind == "one_hot"

    @property
    def properties(self) -> tuple[str, ...]:
        """The event properties to read."""
        tested = set() if self.where is None else tested_properties(self.where)
        return tuple(sorted({*tested, *(name for name in (self.of, self.per) if name is not None)}))


@dataclass(frozen=True)
class FeaturePlan:
    """What a worker needs to compute the features of a site's blocks as of an instant."""

    features: str
    site: str
    zone: str
    as_of_us: int
    parts: tuple[Feature, ...]

    @property
    def traits(self) -> tuple[str, ...]:
        """The traits to read, sorted."""
        return tuple(sorted({part.trait for part in self.parts if part.trait is not None}))

    @property
    def events(self) -> tuple[str, ...]:
        """The event types to read, sorted."""
        return tuple(sorted({part.event for part in self.parts if part.event is not None}))
