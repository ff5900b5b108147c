"""``propensities/*.yml``: how likely a person is to do something within a horizon."""

from __future__ import annotations

from dataclasses import dataclass, field

from plateia.errors import Location
from plateia.rules.grammar.conditions import FilterText
from plateia.rules.grammar.document import RefreshForm
from plateia.rules.grammar.times import Length
from plateia.rules.tree import Duration, Filter, Refresh
from plateia.scalars import Key, Name, SiteNames, StrictModel, Text


class PropensityForm(StrictModel):
    """A propensity as its file writes it: the label is the event, within ``horizon`` after as_of."""

    propensity: Key
    title: Text | None = None
    owner: Text | None = None
    event: Text
    where: FilterText | None = None
    horizon: Length
    features: Name
    sites: SiteNames
    refresh: RefreshForm | None = None


@dataclass(frozen=True, slots=True)
class Propensity:
    """A checked propensity."""

    key: str
    title: str | None
    owner: str | None
    event: str
    where: Filter | None
    horizon: Duration
    features: str
    sites: tuple[str, ...]
    refresh: Refresh
    definition_hash: str
    place: Location = field(compare=False)
