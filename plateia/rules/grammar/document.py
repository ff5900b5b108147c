"""An audience document: its head, its rule, and what is done to the members afterwards."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, Tag

from plateia.rules.grammar.conditions import FilterText
from plateia.rules.grammar.forms import Forms
from plateia.rules.grammar.nodes import AnyNode
from plateia.rules.grammar.times import Length, WindowText
from plateia.scalars import UNION_TAG, Integer, Items, Key, Percent, SiteNames, StrictModel, Text


class RefreshForm(StrictModel):
    """Either ``cron``, five fields in the site's zone, or ``every``; without it, on every build."""

    cron: Text | None = None
    every: Length | None = None


class ConsentForm(StrictModel):
    """Members need a current grant; silence is a refusal."""

    purpose: Text
    missing: Literal["deny"] = "deny"


class MembershipForm(StrictModel):
    """How long members stay at least and at most, and how long who left stays out."""

    min_stay: Length | None = None
    max_stay: Length | None = None
    cooldown: Length | None = None


class Nothing(StrictModel):
    """``{}``: the measure needs no more to be said."""


class Of(StrictModel):
    of: Text


class ValueMeasures(StrictModel):
    """At most one of these, without a condition: the value itself is used. Without one, ``count``."""

    count: Nothing | None = None
    sum: Of | None = None
    avg: Of | None = None
    min: Of | None = None
    max: Of | None = None
    distinct: Of | None = None
    days: Nothing | None = None
    first: Nothing | None = None
    last: Nothing | None = None


class ValuedEventForm(ValueMeasures):
    """A number a person, from their events: what ranks them or weighs them."""

    event: Text
    where: FilterText | None = None
    window: WindowText | None = None


class ValuedTraitForm(StrictModel):
    trait: Text


class ValuedScoreForm(StrictModel):
    score: Text


RANK = Forms("a ranking", {key: key for key in ("trait", "score", "event")})
RankForm = Annotated[
    Annotated[ValuedTraitForm, Tag(UNION_TAG + "trait")]
    | Annotated[ValuedScoreForm, Tag(UNION_TAG + "score")]
    | Annotated[ValuedEventForm, Tag(UNION_TAG + "event")],
    RANK.discriminator,
    RANK.check,
]


class ShapeForm(StrictModel):
    """Keep the first ``limit`` people, of each value of the trait ``per`` where that is given; missing ranks last."""

    rank_by: RankForm
    order: Literal["asc", "desc"] = "desc"
    per: Text | None = None
    limit: Integer


class SplitForm(StrictModel):
    """Parts of the audience, published as ``KEY/part`` beside the whole; who is in none of them stays in the whole."""

    salt: Text
    parts: dict[Text, Percent] = Field(min_length=1)
    stratify: Items[Text] | None = None


class GuardsForm(StrictModel):
    """Bounds on the size, and on (entered + left) / previous size."""

    min_size: Integer | None = None
    max_size: Integer | None = None
    max_change: Percent | None = None


class AudienceDocument(StrictModel):
    """One audience."""

    audience: Annotated[Key, Field(description="Unique in the lake; never reused for another meaning.")]
    title: Text | None = None
    owner: Text | None = None
    sites: SiteNames
    refresh: RefreshForm | None = None
    rule: AnyNode
    exclude: Annotated[Items[Text], Field(description="Audiences whose members are taken out.")] | None = None
    consent: ConsentForm | None = None
    membership: MembershipForm | None = None
    shape: ShapeForm | None = None
    split: SplitForm | None = None
    priority: (
        Annotated[Text, Field(description="A named list: a person stays only in its highest audience.")] | None
    ) = None
    guards: GuardsForm | None = None
    destinations: Items[dict[Text, Text]] | None = None
