"""``expectations/*.yml``: what must hold of a source's rows or of a table before it is published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from plateia.declarations.expectation_types import Parameter
from plateia.errors import Location
from plateia.rules.grammar.conditions import FilterText
from plateia.rules.grammar.times import Length
from plateia.rules.tree import Filter
from plateia.scalars import Boolean, Items, Name, Percent, StrictModel, Text, wrong

Severity = Literal["critical", "warning"]
SchemaChange = Literal["fixed", "widen", "any"]


def _share(share: Decimal) -> Decimal:
    if not 0 <= share <= 1:
        raise wrong(f"{(share * 100).normalize():f}%", "0% to 100%")
    return share


class MaxShare(StrictModel):
    max: Annotated[Percent, AfterValidator(_share)]


class MaxAge(StrictModel):
    max: Length


class LimitsForm(StrictModel):
    """How much may be wrong with the rows of a source before it is refused."""

    quarantined: MaxShare | None = None
    duplicates: MaxShare | None = None
    unmatched: Annotated[dict[Name, MaxShare], Field(description="Rows without a partner, by join.")] = Field(
        default_factory=dict
    )
    age: Annotated[MaxAge, Field(description="Of the newest event, before as_of.")] | None = None
    # The key is `schema`; the attribute has another name because pydantic's models have a method of that one.
    schema_change: Annotated[SchemaChange, Field(alias="schema")] = "any"


class ExpectationForm(StrictModel, extra="allow"):
    """An expectation of Great Expectations, with its own parameters beside these keys."""

    type: Text
    severity: Severity = "critical"
    where: FilterText | None = None


class SuiteForm(StrictModel):
    """A suite as its file writes it: of a source's accepted rows (``input``) or of a staged ``table``."""

    suite: Name
    input: Name | None = None
    table: Name | None = None
    empty: Annotated[Boolean, Field(description="Whether no rows at all are fine.")] = False
    limits: LimitsForm | None = None
    expectations: Items[ExpectationForm] = ()

    @model_validator(mode="after")
    def _check_subject(self) -> Self:
        if (self.input is None) == (self.table is None):
            got = "neither 'input' nor 'table'" if self.input is None else "both 'input' and 'table'"
            raise wrong(got, "exactly one of them")
        if self.table is not None and self.limits is not None:
            raise wrong("'limits' of a table", "limits beside 'input' only", path=("limits",))
        return self


@dataclass(frozen=True, slots=True)
class Limits:
    """Most allowed shares (fractions of 1) and age; None: no limit."""

    quarantined: Decimal | None = None
    duplicates: Decimal | None = None
    unmatched: Mapping[str, Decimal] = field(default_factory=dict)
    age: timedelta | None = None
    schema: SchemaChange = "any"


@dataclass(frozen=True, slots=True)
class Expectation:
    """One expectation with typed parameters; with ``where``, about the rows that match."""

    type: str
    parameters: Mapping[str, Parameter]
    severity: Severity = "critical"
    where: Filter | None = None


@dataclass(frozen=True, slots=True)
class Suite:
    """A checked suite of a source's accepted rows (``input``) or of a staged ``table``."""

    name: str
    input: str | None
    table: str | None
    empty: bool
    limits: Limits
    expectations: tuple[Expectation, ...]
    place: Location = field(compare=False)
