"""The rules of identity in the form that frames are computed by: types as numbers, the strongest first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pyspark.sql import Column
from pyspark.sql import functions as F

from plateia.declarations.identity import IdentifierType, Identity
from plateia.rules.tree import Duration

MICROS = 1_000_000


@dataclass(frozen=True)
class Kind:
    """One type of identifier; lengths in microseconds, None: none."""

    name: str
    anchor: int
    priority: int
    max_per_person: int | None
    max_people_per_value: int | None
    is_exclusive: bool
    window: int | None
    half_life: int | None


@dataclass(frozen=True)
class Rules:
    """Every type, the strongest first; frames name a type by its place here."""

    kinds: tuple[Kind, ...]

    @classmethod
    def of(cls, identity: Identity) -> Rules:
        """The rules of a configuration."""
        names = sorted(identity.identifiers, key=identity.strength)
        return cls(tuple(_kind(name, identity.identifiers[name]) for name in names))

    def place(self, name: str) -> int:
        """The number of a type."""
        return next(place for place, kind in enumerate(self.kinds) if kind.name == name)

    def number(self, name: Column) -> Column:
        """The number of the type that a column names (INT); null for a type that is not configured any more."""
        return self.by_name(name, self.kinds.index, "int")

    def name(self, number: Column) -> Column:
        """The name of the type with a number (STRING)."""
        return F.get(F.array(*(F.lit(kind.name) for kind in self.kinds)), number)

    def by_name(self, name: Column, value: Callable[[Kind], int | None], type_name: str = "long") -> Column:
        """What each type has, by its name; null for a type that is not configured any more."""
        # A map of constants is one constant, where nested conditions cost planning and compiling, each time anew.
        pairs = (F.lit(part) for kind in self.kinds for part in (kind.name, value(kind)))
        return F.element_at(F.create_map(*pairs), name).cast(type_name)

    def by_number(self, number: Column, value: Callable[[Kind], int | None]) -> Column:
        """What each type has, by its number (LONG)."""
        return F.get(F.array(*(F.lit(value(kind)) for kind in self.kinds)), number).cast("long")


def _kind(name: str, kind: IdentifierType) -> Kind:
    return Kind(
        name,
        anchor=kind.anchor,
        priority=kind.priority,
        max_per_person=kind.max_per_person,
        max_people_per_value=kind.max_people_per_value,
        is_exclusive=kind.verified == "exclusive",
        window=_micros(kind.window),
        half_life=_micros(kind.half_life),
    )


def _micros(length: Duration | None) -> int | None:
    return None if length is None else round(length.delta.total_seconds() * MICROS)
