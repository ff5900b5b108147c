"""``sources/*.yml``: where the company's own tables get their meaning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, PrivateAttr, Tag, model_validator

from plateia.catalogue import ValueType
from plateia.declarations.columns import Column, Instant, Person, Properties, RelationProperties, Traits
from plateia.declarations.reading import Join, Readable
from plateia.rules.grammar.conditions import FilterText
from plateia.rules.tree import Filter
from plateia.scalars import UNION_TAG, AnyText, Boolean, Items, Name, Number, StrictModel, Text, Values, wrong


class SiteColumn(StrictModel):
    """The site is a column's value, through ``map`` where there is one; an unmapped value goes to quarantine."""

    column: Text
    map: dict[AnyText, Name] | None = None


def _shape(value: object) -> str:
    return UNION_TAG + ("map" if isinstance(value, dict) else "text")


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _column_map(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


SiteOf = Annotated[
    Annotated[Name, Tag(UNION_TAG + "text")] | Annotated[SiteColumn, Tag(UNION_TAG + "map")],
    Discriminator(_shape),
]
Columns = Annotated[Items[Text], BeforeValidator(_listed)]


class AnySource(Readable):
    """What all kinds share. ``where`` is as written; ``row_filter`` is what it means, once the types are known."""

    source: Name
    joins: dict[Name, Join] = Field(default_factory=dict)
    site: SiteOf
    where: Annotated[FilterText, Field(description="Rows outside are not part of the source.")] | None = None
    load: Annotated[
        Literal["snapshot", "append"], Field(description="snapshot: rows that are gone disappear; append: they stay.")
    ] = "snapshot"

    _row_filter: Filter | None = PrivateAttr(None)

    @property
    def row_filter(self) -> Filter | None:
        """The filter over the source's own columns (those of joins as ``join.column``), applied first."""
        return self._row_filter

    def filtered(self, row_filter: Filter) -> Self:
        """A copy that knows what its ``where`` means."""
        copy = self.model_copy()
        copy._row_filter = row_filter
        return copy

    def declared(self) -> Mapping[str, Column]:
        """Traits or properties, by name."""
        return {}

    @property
    def feeds(self) -> str:
        """The table of the warehouse that its rows become a part of; "" for none."""
        return ""

    @property
    def person_column(self) -> str | None:
        """The column of the person's id; None where no row names a person."""
        return None

    @property
    def person_identifier(self) -> tuple[tuple[str | int, ...], str] | None:
        """The type that the person's id is said to have, and the key path that says so; None where nothing does."""
        return None

    def columns(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Every column that is named, with the key path that names it."""
        if isinstance(self.site, SiteColumn):
            yield ("site", "column"), self.site.column
        for name, join in self.joins.items():
            for column in join.on:
                yield ("joins", name, "on", column), column


class _OfPersons(AnySource):
    person: Person

    @property
    def person_column(self) -> str:
        return self.person.column

    @property
    def person_identifier(self) -> tuple[tuple[str | int, ...], str] | None:
        name = self.person.identifier
        return None if name is None else (("person", "identifier"), name)

    def columns(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        yield from super().columns()
        yield ("person", "column"), self.person.column


class PeopleSource(_OfPersons):
    """One row a person a site; with ``latest_by`` the greatest row wins whole."""

    kind: Literal["people"]
    latest_by: Text | None = None
    traits: Traits = Field(default_factory=dict)

    @property
    def feeds(self) -> str:
        return "people"

    def declared(self) -> Mapping[str, Column]:
        return self.traits

    def columns(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        yield from super().columns()
        if self.latest_by:
            yield ("latest_by",), self.latest_by
        for name, column in self.traits.items():
            yield ("traits", name, "column"), column.column


class EventsSource(_OfPersons):
    """One row an event of a person at an instant; ``id`` is its identity within the site and type."""

    kind: Literal["events"]
    event: Name
    at: Instant
    id: Columns
    properties: Properties = Field(default_factory=dict)

    @property
    def feeds(self) -> str:
        return f"event_{self.event}"

    def declared(self) -> Mapping[str, Column]:
        return self.properties

    def columns(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        yield from super().columns()
        yield ("at", "column"), self.at.column
        for index, column in enumerate(self.id):
            yield ("id", index), column
        for name, property in self.properties.items():
            yield ("properties", name, "column"), property.column


class End(StrictModel):
    """One end of a relation: a person by a column, or an entity of a type by its key columns."""

    person: Text | None = None
    identifier: Name | None = None
    entity: Name | None = None
    key: Columns | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.person is None and self.identifier is not None:
            raise wrong("'identifier' without 'person'", "it beside 'person' only", path=("identifier",))
        if (self.person is None) == (self.entity is None) or (self.entity is None) != (self.key is None):
            raise wrong("another combination of keys", "either {person: COLUMN} or {entity: TYPE, key: [COLUMNS]}")
        return self


class RelationSource(AnySource):
    """One row a relation from a person or an entity to an entity."""

    kind: Literal["relation"]
    relation: Name
    origin: Annotated[End, Field(alias="from")]
    target: Annotated[End, Field(alias="to")]
    properties: RelationProperties = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check_target(self) -> Self:
        if self.target.person is not None:
            raise wrong("a person as the target", "an entity: {entity: TYPE, key: [COLUMNS]}", path=("to",))
        return self

    @property
    def feeds(self) -> str:
        return f"relation_{self.relation}"

    @property
    def person_column(self) -> str | None:
        return self.origin.person

    @property
    def person_identifier(self) -> tuple[tuple[str | int, ...], str] | None:
        name = self.origin.identifier
        return None if name is None else (("from", "identifier"), name)

    def declared(self) -> Mapping[str, Column]:
        return self.properties

    def columns(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        yield from super().columns()
        if self.origin.person is not None:
            yield ("from", "person"), self.origin.person
        for side, end in (("from", self.origin), ("to", self.target)):
            for index, column in enumerate(end.key or ()):
                yield (side, "key", index), column
        for name, property in self.properties.items():
            yield ("properties", name, "column"), property.column


class ConsentColumn(StrictModel):
    """A column of the log; ``values`` of a purpose are the closed set that rules may name."""

    column: Text
    values: Values | None = None

    def typed(self, kind: Literal["string", "boolean"]) -> Column:
        """The column as one of a type."""
        return Column.model_construct(type=ValueType(kind), column=self.column, values=self.values)


_ConsentColumn = Annotated[ConsentColumn, BeforeValidator(_column_map)]


class ConsentsSource(_OfPersons):
    """A log of grants and withdrawals a person and purpose; the latest word counts, silence is not consent."""

    kind: Literal["consents"]
    purpose: _ConsentColumn
    granted: _ConsentColumn
    at: Instant

    @property
    def feeds(self) -> str:
        return "consents"

    def declared(self) -> Mapping[str, Column]:
        return {"purpose": self.purpose.typed("string"), "granted": self.granted.typed("boolean")}

    def columns(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        yield from super().columns()
        yield ("at", "column"), self.at.column
        yield ("purpose", "column"), self.purpose.column
        yield ("granted", "column"), self.granted.column


def _confidence(share: Decimal) -> Decimal:
    if not 0 < share <= 1:
        raise wrong(str(share), "a number above 0 and at most 1")
    return share


Confidence = Annotated[Number, AfterValidator(_confidence)]


class VerifiedColumn(StrictModel):
    """Whether a row proves its identifiers, by a column of true and false; a missing value proves nothing."""

    column: Text


class ConfidenceColumn(StrictModel):
    """How sure a row is, by a column: above 0 and at most 1."""

    column: Text


class SignalIdentifier(StrictModel):
    """A column that holds identifiers of a type."""

    type: Name
    column: Text


class SignalsSource(AnySource):
    """One row a signal: its identifiers were seen together, each beside the first one that the row has.

    The files as they stand are the evidence; ``load`` has no say.
    """

    kind: Literal["signals"]
    at: Instant
    identifiers: Annotated[Items[SignalIdentifier], Field(description="The first is the centre of the row's star.")]
    verified: Annotated[
        Annotated[Boolean, Tag(UNION_TAG + "text")] | Annotated[VerifiedColumn, Tag(UNION_TAG + "map")],
        Discriminator(_shape),
        Field(description="Whether a row proves its identifiers, such as a login does."),
    ] = False
    confidence: Annotated[
        Annotated[Confidence, Tag(UNION_TAG + "text")] | Annotated[ConfidenceColumn, Tag(UNION_TAG + "map")],
        Discriminator(_shape),
        Field(description="How sure a row is, above 0 and at most 1."),
    ] = Decimal(1)
    purpose: Annotated[Text, Field(description="The purpose of consents that its rows need.")] | None = None

    @model_validator(mode="after")
    def _check_load(self) -> Self:
        if "load" in self.model_fields_set:
            raise wrong("'load' of signals", "no such key: the files as they stand are the evidence", path=("load",))
        return self

    def columns(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        yield from super().columns()
        yield ("at", "column"), self.at.column
        for index, identifier in enumerate(self.identifiers):
            yield ("identifiers", index, "column"), identifier.column
        if isinstance(self.verified, VerifiedColumn):
            yield ("verified", "column"), self.verified.column
        if isinstance(self.confidence, ConfidenceColumn):
            yield ("confidence", "column"), self.confidence.column


Source = PeopleSource | EventsSource | RelationSource | ConsentsSource | SignalsSource
KINDS: Mapping[str, type[Source]] = {
    "people": PeopleSource,
    "events": EventsSource,
    "relation": RelationSource,
    "consents": ConsentsSource,
    "signals": SignalsSource,
}
