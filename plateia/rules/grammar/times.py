"""Durations, dates and windows as documents write them."""

from __future__ import annotations

from typing import Annotated, Literal, cast

from pydantic import Field, PlainValidator, Tag, WithJsonSchema

from plateia.rules.grammar.forms import Forms
from plateia.rules.tree import CalendarUnit, Duration
from plateia.scalars import DURATION, UNION_TAG, DateText, Integer, StrictModel, shown, wrong


def _duration(value: object) -> Duration:
    if isinstance(value, str) and (found := DURATION.fullmatch(value)):
        unit = cast(Literal["min", "h", "d", "w"], found[2])
        return Duration(int(found[1]), unit)
    raise wrong(shown(value), "a duration: an integer and min, h, d or w, such as 30d")


Length = Annotated[
    Duration,
    PlainValidator(_duration),
    WithJsonSchema({"type": "string", "pattern": "^[1-9][0-9]{0,8}(min|h|d|w)$", "examples": ["30d", "90min"]}),
]


class LastForm(StrictModel):
    """From this long before as_of up to as_of."""

    last: Length


class AgoForm(StrictModel):
    """From ``from`` before as_of up to ``to`` before as_of."""

    start: Length = Field(alias="from")
    end: Length = Field(alias="to")


class DaysForm(StrictModel):
    """The whole local days before as_of's local date."""

    days: Integer


class ThisForm(StrictModel):
    """From the start of the local calendar unit up to as_of."""

    this: CalendarUnit


class PreviousForm(StrictModel):
    """The whole local calendar unit before the current one; weeks start on Monday."""

    previous: CalendarUnit


class DatesForm(StrictModel):
    """From local midnight of ``since`` up to local midnight of ``until``; either may be missing."""

    since: DateText | None = None
    until: DateText | None = None


class NextForm(StrictModel):
    """From as_of on; for dates."""

    next: Length


WINDOW = Forms(
    "a window",
    {
        "last": "last",
        "from": "ago",
        "to": "ago",
        "days": "days",
        "this": "this",
        "previous": "previous",
        "since": "dates",
        "until": "dates",
        "next": "next",
    },
)
WindowForm = (
    Annotated[LastForm, Tag(UNION_TAG + "last")]
    | Annotated[AgoForm, Tag(UNION_TAG + "ago")]
    | Annotated[DaysForm, Tag(UNION_TAG + "days")]
    | Annotated[ThisForm, Tag(UNION_TAG + "this")]
    | Annotated[PreviousForm, Tag(UNION_TAG + "previous")]
    | Annotated[DatesForm, Tag(UNION_TAG + "dates")]
    | Annotated[NextForm, Tag(UNION_TAG + "next")]
)
WindowText = Annotated[WindowForm, WINDOW.discriminator, WINDOW.check]
