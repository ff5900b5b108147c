"""``lookalikes/*.yml``: audiences of people who resemble a seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from plateia.errors import Location, echo
from plateia.rules.grammar.document import ConsentForm, RefreshForm, ValuedEventForm
from plateia.rules.tree import Consent, EventNode, Refresh
from plateia.scalars import UNION_TAG, Integer, Key, Name, Percent, SiteNames, StrictModel, Text, wrong

Method = Literal["auto", "centroid", "log_odds", "logistic", "boosted"]


def _share(share: Decimal) -> Decimal:
    if not 0 < share <= 1:
        raise wrong(f"{(share * 100).normalize():f}%", "more than 0% and at most 100%")
    return share


def _shape(value: object) -> str:
    return UNION_TAG + ("map" if isinstance(value, dict) else "text")


class SeedList(StrictModel):
    """A seed from a file of person ids."""

    file: Text = Field(alias="list")


class TopN(StrictModel):
    """This many people."""

    n: Annotated[Integer, Field(ge=1)]


Seed = Annotated[
    Annotated[Key, Tag(UNION_TAG + "text")] | Annotated[SeedList, Tag(UNION_TAG + "map")], Discriminator(_shape)
]
Size = Annotated[
    Annotated[Percent, AfterValidator(_share), Tag(UNION_TAG + "text")] | Annotated[TopN, Tag(UNION_TAG + "map")],
    Discriminator(_shape),
]


class LookalikeGuardsForm(StrictModel):
    """When a model is refused: too few or too many people in the seed, or too little gain over ranking by activity."""

    min_seed: Annotated[Integer, Field(ge=1)] = 50
    max_seed: Annotated[Percent, AfterValidator(_share)] = Decimal("0.5")
    min_gain_over_activity: Percent | None = None


class LookalikeForm(StrictModel):
    """A lookalike as its file writes it."""

    lookalike: Key
    title: Text | None = None
    owner: Text | None = None
    seed: Annotated[Seed, Field(description="An audience, or {list: file.csv}.")]
    weights: ValuedEventForm | None = None
    sites: SiteNames
    features: Name
    audiences: Annotated[
        dict[Key, Size], Field(min_length=1, description="1% of the people outside the seed, or {n: …}")
    ]
    method: Method = "auto"
    consent: ConsentForm | None = None
    guards: LookalikeGuardsForm = LookalikeGuardsForm()
    refresh: RefreshForm | None = None

    @model_validator(mode="after")
    def _check_seed(self) -> Self:
        if isinstance(self.seed, str) and self.seed in self.audiences:
            raise wrong(f"{echo(self.seed)} as its own seed", "another audience", path=("seed",))
        return self


@dataclass(frozen=True, slots=True)
class LookalikeGuards:
    """Shares are fractions of 1; ``min_gain`` None does not ask."""

    min_seed: int
    max_seed: Decimal
    min_gain: Decimal | None


@dataclass(frozen=True, slots=True)
class Lookalike:
    """A checked lookalike. ``audiences`` has a share (0 < Decimal <= 1) or a number of people (int) a key."""

    key: str
    title: str | None
    owner: str | None
    seed: str | None  # an audience
    seed_file: str | None  # or a resolved path
    weights: EventNode | None
    sites: tuple[str, ...]
    features: str
    audiences: Mapping[str, Decimal | int]
    method: Method
    consent: Consent | None
    guards: LookalikeGuards
    refresh: Refresh
    definition_hash: str
    place: Location = field(compare=False)
