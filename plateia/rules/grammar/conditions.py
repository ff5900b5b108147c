"""COND and FILTER as documents write them."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Discriminator, Field, Tag

from plateia.errors import echo
from plateia.rules.grammar.times import Length, WindowText
from plateia.rules.tree import CalendarUnit
from plateia.scalars import (
    UNION_TAG,
    AnyText,
    Boolean,
    DateText,
    Integer,
    Items,
    StrictModel,
    Text,
    Values,
    shown,
    wrong,
)


class Operators(StrictModel):
    """Operators that must all hold; the keys of one window may stand among them for dates."""

    eq: AnyText | None = None
    ne: AnyText | None = None
    lt: AnyText | None = None
    lte: AnyText | None = None
    gt: AnyText | None = None
    gte: AnyText | None = None
    between: Annotated[Values, Field(description="Two values; both are in.")] | None = None
    one_of: Values | None = Field(None, alias="in")
    not_in: Values | None = None
    contains: AnyText | None = None
    starts_with: AnyText | None = None
    ends_with: AnyText | None = None
    matches: Annotated[AnyText, Field(description="An RE2 expression for the whole value.")] | None = None
    missing: Boolean | None = None
    any_of: Values | None = None
    all_of: Values | None = None
    none_of: Values | None = None
    size: Cond | None = None
    anniversary_in: WindowText | None = None
    ignore_case: Boolean | None = None
    last: Length | None = None
    start: Length | None = Field(None, alias="from")
    end: Length | None = Field(None, alias="to")
    days: Integer | None = None
    this: CalendarUnit | None = None
    previous: CalendarUnit | None = None
    since: DateText | None = None
    until: DateText | None = None
    next: Length | None = None


def _form_of_cond(value: object) -> str:
    form = "operators" if isinstance(value, dict) else "list" if isinstance(value, list) else "scalar"
    return UNION_TAG + form


Cond = Annotated[
    Annotated[AnyText, Tag(UNION_TAG + "scalar")]
    | Annotated[Values, Tag(UNION_TAG + "list")]
    | Annotated[Operators, Tag(UNION_TAG + "operators")],
    Discriminator(_form_of_cond),
]


class AllFilters(StrictModel):
    all: Items[FilterText]


class AnyFilter(StrictModel):
    any: Items[FilterText]


class NoFilter(StrictModel):
    none: Items[FilterText]


GROUPS = ("any", "all", "none")


def _form_of_filter(value: dict[str, object]) -> str:
    return UNION_TAG + next((key for key in GROUPS if key in value), "properties")


def _check_filter(value: object) -> object:
    """Refuses a mix of group keys and properties: which of them would bind closer is anybody's guess."""
    expected = "either properties with their conditions, or exactly one of: any, all, none"
    if not isinstance(value, dict) or not value:
        raise wrong("an empty mapping" if value == {} else shown(value), expected)
    if len(value) > 1 and any(key in value for key in GROUPS):
        raise wrong(f"the keys {', '.join(map(echo, value))} together", expected)
    return value


FilterForm = (
    Annotated[dict[Text, Cond], Tag(UNION_TAG + "properties")]
    | Annotated[AnyFilter, Tag(UNION_TAG + "any")]
    | Annotated[AllFilters, Tag(UNION_TAG + "all")]
    | Annotated[NoFilter, Tag(UNION_TAG + "none")]
)
FilterText = Annotated[FilterForm, Discriminator(_form_of_filter), BeforeValidator(_check_filter)]
Operators.model_rebuild()
for _group in (AllFilters, AnyFilter, NoFilter):
    _group.model_rebuild()
