"""Nodes of a rule as documents write them: one model a kind, told apart by its key."""

from __future__ import annotations

from typing import Annotated

from pydantic import Discriminator, Field, Tag

from plateia.rules.grammar.conditions import Cond, FilterText
from plateia.rules.grammar.forms import Forms
from plateia.rules.grammar.times import Length, WindowText
from plateia.scalars import UNION_TAG, Integer, Items, Percent, StrictModel, Text


class All(StrictModel):
    """Every child is true."""

    all: Items[AnyNode]


class AnyOf(StrictModel):
    """At least one child is true."""

    any: Items[AnyNode]


class NoneOf(StrictModel):
    """No child is true."""

    none: Items[AnyNode]


class Xor(StrictModel):
    """Exactly one child is true."""

    xor: Items[AnyNode]


class Several(StrictModel):
    n: Integer
    of: Items[AnyNode]


class NOfForm(StrictModel):
    """At least ``n`` children are true."""

    n_of: Several


class TraitForm(StrictModel):
    """A trait of the person meets a condition."""

    trait: Text
    condition: Cond = Field(alias="is")


class Measured(StrictModel):
    """A property that is measured, and the condition that the measure meets."""

    of: Text
    condition: Cond = Field(alias="is")


class Measures(StrictModel):
    """At most one of these; without one, ``count: {gte: 1}``."""

    count: Cond | None = None
    sum: Measured | None = None
    avg: Measured | None = None
    min: Measured | None = None
    max: Measured | None = None
    distinct: Measured | None = None
    days: Annotated[Cond | None, Field(description="Distinct local days.")] = None
    first: Annotated[WindowText | None, Field(description="The first matching event ever lies in it.")] = None
    last: Annotated[WindowText | None, Field(description="The last matching event ever lies in it.")] = None


class EventForm(Measures):
    """A measure over the person's matching events in the window meets a condition."""

    event: Text
    where: FilterText | None = None
    window: WindowText | None = None


class After(StrictModel):
    """Time since the previous positive step; both bounds are in."""

    min: Length | None = None
    max: Length | None = None


class StepForm(StrictModel):
    event: Text
    where: FilterText | None = None
    name: Text | None = Field(None, alias="as")
    same: Annotated[dict[Text, Text], Field(min_length=1)] | None = None
    after: After | None = None


class NegatedStepForm(StrictModel):
    """No such event between its neighbours, or, if last, in the time ``for`` after the step before."""

    step: StepForm = Field(alias="not")
    quiet_for: Length | None = Field(None, alias="for")


STEP = Forms("a step", {"event": "event", "not": "not"})
AnyStep = Annotated[
    Annotated[StepForm, Tag(UNION_TAG + "event")] | Annotated[NegatedStepForm, Tag(UNION_TAG + "not")],
    STEP.discriminator,
    STEP.check,
]


class SequenceForm(StrictModel):
    """Events happen in this order."""

    sequence: Items[AnyStep]
    within: Length | None = None
    window: WindowText | None = None


class AudienceForm(StrictModel):
    """Is a final member of another audience."""

    audience: Text
    entered: WindowText | None = None


class ListForm(StrictModel):
    """Is in a CSV file with the header person_id."""

    file: Text = Field(alias="list")


class ScoreForm(StrictModel):
    """A published model score meets a condition or lies in the top share."""

    score: Text
    condition: Cond | None = Field(None, alias="is")
    top: Percent | None = None


class HopForm(StrictModel):
    relation: Text
    where: FilterText | None = None


def _form_of_hop(value: object) -> str:
    return UNION_TAG + ("name" if isinstance(value, str) else "map")


AnyHop = Annotated[
    Annotated[Text, Tag(UNION_TAG + "name")] | Annotated[HopForm, Tag(UNION_TAG + "map")],
    Discriminator(_form_of_hop),
]


class RelatedForm(Measures):
    """A measure over the distinct last rows reached from the person meets a condition, or every row meets a filter."""

    related: Annotated[tuple[AnyHop, ...], Field(strict=False, min_length=1, max_length=6)]
    every: FilterText | None = None


NODE_KEYS = ("all", "any", "none", "xor", "n_of", "trait", "event", "sequence", "audience", "list", "score", "related")
NODE = Forms("a rule", {key: key for key in NODE_KEYS})
NodeForm = (
    Annotated[All, Tag(UNION_TAG + "all")]
    | Annotated[AnyOf, Tag(UNION_TAG + "any")]
    | Annotated[NoneOf, Tag(UNION_TAG + "none")]
    | Annotated[Xor, Tag(UNION_TAG + "xor")]
    | Annotated[NOfForm, Tag(UNION_TAG + "n_of")]
    | Annotated[TraitForm, Tag(UNION_TAG + "trait")]
    | Annotated[EventForm, Tag(UNION_TAG + "event")]
    | Annotated[SequenceForm, Tag(UNION_TAG + "sequence")]
    | Annotated[AudienceForm, Tag(UNION_TAG + "audience")]
    | Annotated[ListForm, Tag(UNION_TAG + "list")]
    | Annotated[ScoreForm, Tag(UNION_TAG + "score")]
    | Annotated[RelatedForm, Tag(UNION_TAG + "related")]
)
AnyNode = Annotated[NodeForm, NODE.discriminator, NODE.check]
for _form in (All, AnyOf, NoneOf, Xor, Several, NOfForm):
    _form.model_rebuild()
