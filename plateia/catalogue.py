"""What the sources declare: traits of people, events with their properties, relations, consents and scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["string", "long", "double", "decimal", "boolean", "date", "timestamp", "array"]
Pii = Literal["direct", "quasi"]


@dataclass(frozen=True, slots=True)
class ValueType:
    """A type of the configuration: ``decimal`` has precision and scale, ``array`` is always of strings."""

    kind: Kind
    precision: int = 0
    scale: int = 0

    def __str__(self) -> str:
        if self.kind == "decimal":
            return f"decimal({self.precision},{self.scale})"
        return "array<string>" if self.kind == "array" else self.kind

    @property
    def is_number(self) -> bool:
        return self.kind in ("long", "double", "decimal")

    @property
    def is_ordered(self) -> bool:
        """Whether ``lt lte gt gte between`` mean something: numbers and times, never text."""
        return self.is_number or self.kind in ("date", "timestamp")


@dataclass(frozen=True, slots=True)
class Attribute:
    """A trait or a property: a name with its type; ``values`` is a closed set where the source declares one."""

    name: str
    type: ValueType
    values: tuple[str, ...] | None = None
    unit: str | None = None
    pii: Pii | None = None
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class EventType:
    """What may be asked of an event; sources that feed one type agree on their properties' types."""

    name: str
    properties: Mapping[str, Attribute]


@dataclass(frozen=True, slots=True)
class Relation:
    """One hop from a person or an entity type to an entity type. ``source`` is ``person`` or the entity's type."""

    name: str
    source: str
    target: str
    properties: Mapping[str, Attribute]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything a rule may name. Traits and events are the same on every site; a site without data has no members."""

    sites: Mapping[str, str]  # site -> IANA zone
    traits: Mapping[str, Attribute] = field(default_factory=dict)
    events: Mapping[str, EventType] = field(default_factory=dict)
    relations: Mapping[str, Relation] = field(default_factory=dict)
    purposes: frozenset[str] | None = None  # None: no consents source, or its purposes are not a closed set
    has_consents: bool = False
    scores: frozenset[str] = frozenset()
    priorities: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # list -> audiences, the highest first
