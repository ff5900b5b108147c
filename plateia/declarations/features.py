"""``features/*.yml``: what a model may know of a person, from their events and traits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from plateia.catalogue import ValueType
from plateia.errors import Location
from plateia.rules.grammar.conditions import FilterText
from plateia.rules.grammar.document import Of, ValueMeasures
from plateia.rules.grammar.times import WindowText
from plateia.rules.tree import Filter, Window
from plateia.scalars import Integer, Items, Name, SiteNames, StrictModel, Text, Values, wrong

MeasureKind = Literal["count", "sum", "avg", "min", "max", "distinct", "days", "recency", "share"]
Transform = Literal["log1p", "zscore", "bucket", "none"]


class Recency(StrictModel):
    """Time since the last matching event, in a unit."""

    unit: Literal["min", "h", "d", "w"] = "d"


class _Columns(StrictModel):
    """The columns of a family: the values that enough people have, or exactly these."""

    min_people: Annotated[Integer, Field(ge=1)] | None = None
    values: Values | None = None

    @model_validator(mode="after")
    def _check_either(self) -> Self:
        if self.min_people is not None and self.values is not None:
            raise wrong("both 'min_people' and 'values'", "one of them")
        return self


class PerForm(_Columns):
    of: Text


class OneHotForm(_Columns):
    pass


class FeatureForm(ValueMeasures):
    """A measure of events, or a trait; with ``per`` a family of one column a value."""

    feature: Name
    event: Text | None = None
    trait: Text | None = None
    where: FilterText | None = None
    window: WindowText | None = None
    recency: Recency | None = None
    share: Annotated[Of, Field(description="The part of a family's total that falls on each value.")] | None = None
    transform: Transform = "none"
    per: PerForm | None = None
    one_hot: OneHotForm | None = None

    @model_validator(mode="after")
    def _check_parts(self) -> Self:
        if (self.event is None) == (self.trait is None):
            got = "neither 'event' nor 'trait'" if self.event is None else "both 'event' and 'trait'"
            raise wrong(got, "exactly one of them")
        for name in ("first", "last"):
            if name in self.model_fields_set:
                raise wrong(f"the measure '{name}'", "a number", "Use recency: {unit: d}.", path=(name,))
        foreign = (
            sorted(self.model_fields_set - {"feature", "trait", "transform", "one_hot"})
            if self.trait
            else sorted(self.model_fields_set & {"one_hot"})
        )
        if foreign:
            of = "a trait" if self.trait else "an event"
            raise wrong(f"the key '{foreign[0]}'", f"keys that fit {of}", path=(foreign[0],))
        if self.share is not None and self.per is None:
            raise wrong("'share' without 'per'", "the family that it is the share in: per: {of: …}", path=("share",))
        return self


class FeatureSetForm(StrictModel):
    """A set of features, used by models by its name."""

    features: Name
    owner: Text | None = None
    sites: SiteNames
    list: Items[FeatureForm]


@dataclass(frozen=True, slots=True)
class Family:
    """One column a value of the property ``of``: those of ``values``, or those that ``min_people`` people have."""

    of: str
    min_people: int = 1
    values: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Feature:
    """A checked feature: of an event (``event``, ``measure``) or a trait (``trait``, ``type``).

    ``per`` of a trait is its one-hot family. ``of`` is set for ``sum avg min max distinct share``, ``unit`` for
    ``recency``.
    """

    name: str
    transform: Transform = "none"
    per: Family | None = None
    event: str | None = None
    measure: MeasureKind = "count"
    of: str | None = None
    unit: Literal["min", "h", "d", "w"] = "d"
    where: Filter | None = None
    window: Window | None = None
    trait: str | None = None
    type: ValueType | None = None


@dataclass(frozen=True, slots=True)
class FeatureSet:
    """A checked set of features; ``definition_hash`` is that of its document."""

    name: str
    owner: str | None
    sites: tuple[str, ...]
    features: tuple[Feature, ...]
    definition_hash: str
    place: Location = field(compare=False)
