"""``identity.yml``: which identifiers there are, and what may make them one person."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from plateia.rules.grammar.times import Length
from plateia.scalars import (
    AnyText,
    Integer,
    Items,
    Name,
    StrictModel,
    Text,
    parse_number,
    parse_percent,
    shown,
    wrong,
)

Encoding = Literal["sha256-hex", "sha256-base64"]
_POSITIVE = Field(ge=1)
_BAND_SCHEMA = {"type": ["number", "string"], "pattern": r"^[0-9]+(\.[0-9]+)?%$"}


def _bound(value: object) -> Decimal:
    """A number as it is, a percentage as a fraction of 1."""
    if isinstance(value, str):
        number = parse_percent(value) if value.endswith("%") else parse_number(value)
        if number is not None and number >= 0:
            return number
    raise wrong(shown(value), "a number or a percentage, such as 200 or 1%")


Bound = Annotated[Decimal, BeforeValidator(_bound), WithJsonSchema(_BAND_SCHEMA)]


class Band(StrictModel):
    """Between which values a measure may lie, both ends in."""

    min: Bound | None = None
    max: Bound | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.min is None and self.max is None:
            raise wrong("neither 'min' nor 'max'", "at least one of them")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise wrong(f"a min of {self.min} above the max of {self.max}", "a band that something can lie in")
        return self

    def holds(self, value: float) -> bool:
        """Whether a measure lies within."""
        above = self.min is None or value >= float(self.min)
        return above and (self.max is None or value <= float(self.max))


class Gmail(StrictModel):
    """What addresses of gmail.com have in common: dots and what follows a plus do not tell them apart."""

    dots: Literal["drop", "keep"] = "keep"
    plus: Literal["drop", "keep"] = "keep"
    googlemail: Annotated[Text, Field(description="The domain that googlemail.com stands for.")] | None = None


class IdentifierType(StrictModel):
    """One type of identifier: its canonical form, what it weighs, and how many may share what."""

    normalise: Annotated[Name, Field(description="text, email, phone, a document number such as cpf, or a plugin's.")]
    gmail: Gmail = Gmail()
    block: Annotated[Items[AnyText], Field(description="Values that name nobody, besides the built-in dummies.")] = ()
    anchor: Annotated[Integer, _POSITIVE, Field(description="Weight when person ids are inherited.")] = 1
    max_per_person: Annotated[Integer, _POSITIVE] | None = None
    max_people_per_value: Annotated[Integer, _POSITIVE] | None = None
    verified: Annotated[
        Literal["exclusive", "free"], Field(description="exclusive: two verified values never share a person.")
    ] = "free"
    window: Annotated[Length, Field(description="How long evidence counts; absent: for ever.")] | None = None
    half_life: Annotated[Length, Field(description="In which an edge loses half of its score.")] | None = None
    priority: Annotated[Integer, _POSITIVE, Field(description="Between edges of one score: 1 goes first.")] = 100
    destinations: Annotated[dict[Name, Encoding], Field(description="Ad platform: how it takes the hash.")] = Field(
        default_factory=dict
    )

    @model_validator(mode="after")
    def _check_gmail(self) -> Self:
        if self.normalise != "email" and "gmail" in self.model_fields_set:
            raise wrong(f"'gmail' beside normalise: {self.normalise}", "it beside normalise: email", path=("gmail",))
        return self


class ConsentRule(StrictModel):
    """What silence means for rows of sources with a purpose; a withdrawal always takes them out."""

    missing: Literal["allow", "deny"] = "allow"


class RefusedBands(StrictModel):
    """Refused edges among all, a rule."""

    max_per_person: Band | None = None
    max_people_per_value: Band | None = None
    verified: Band | None = None


COUNTS = frozenset({"largest_person", "p999_person"})


class Health(StrictModel):
    """Within which bands a map of identities must lie to be published.

    ``largest_person`` and ``p999_person`` count identifiers; every other measure is a share.
    """

    largest_person: Band = Field(default_factory=lambda: Band.model_validate({"max": "1000"}))
    p999_person: Band | None = Field(None, description="The 99.9th percentile of identifiers a person.")
    anchors_above_one: Band | None = Field(None, description="People with several of the strongest identifiers.")
    bridges: Band | None = Field(None, description="People whose strongest identifiers one single edge joins.")
    churn: Band | None = Field(None, description="Known identifiers whose person is another than before.")
    refused: RefusedBands = RefusedBands()

    @model_validator(mode="after")
    def _check(self) -> Self:
        bands = {**dict(self), **{f"refused.{name}": band for name, band in self.refused}}
        for name, band in bands.items():
            for bound in () if not isinstance(band, Band) else (band.min, band.max):
                if bound is not None and (0 < bound < 1 if name in COUNTS else bound > 1):
                    allowed = "a number of identifiers, such as 200" if name in COUNTS else "a share, such as 1%"
                    raise wrong(f"{name} at {bound}", allowed, path=tuple(name.split(".")))
        return self


class Identity(StrictModel):
    """Everything that decides who is one person."""

    scope: Annotated[
        Literal["lake", "site"], Field(description="lake: a value is one identifier at all sites; site: one a site.")
    ] = "lake"
    identifiers: Annotated[dict[Name, IdentifierType], Field(min_length=1)]
    consent: ConsentRule = ConsentRule()
    health: Health = Health()

    @property
    def anchor_type(self) -> str:
        """The strongest type: the greatest anchor, then the least priority, then the name."""
        return min(self.identifiers, key=self.strength)

    def kind_or_strongest(self, name: str | None) -> str:
        """The type that a source names for its persons; the strongest one if it names none."""
        return self.anchor_type if name is None else name

    def strength(self, name: str) -> tuple[int, int, str]:
        """Orders types, the strongest first."""
        kind = self.identifiers[name]
        return -kind.anchor, kind.priority, name

    @property
    def vaulted(self) -> Mapping[str, IdentifierType]:
        """The types whose values some destination wants hashed."""
        return {name: kind for name, kind in self.identifiers.items() if kind.destinations}
