"""What plans are made of: leaves, the filters and measures in them, and the rankings that selections take from."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from transforms.audience.leaves.conditions import Integers, Predicate

MeasureKind = Literal["count", "sum", "avg", "min", "max", "distinct", "days", "first", "last"]


@dataclass(frozen=True, slots=True)
class AliveLeaf:
    """Everyone in the universe of the site."""


@dataclass(frozen=True, slots=True)
class NobodyLeaf:
    """No one: the members of an audience that does not run on this site."""


@dataclass(frozen=True, slots=True)
class TraitLeaf:
    """A trait that meets a predicate."""

    trait: str
    predicate: Predicate


@dataclass(frozen=True, slots=True)
class WhereTest:
    """A property of an event that meets a predicate."""

    property: str
    predicate: Predicate


@dataclass(frozen=True, slots=True)
class WhereGroup:
    """``all any none`` of several tests, sorted and distinct."""

    op: str
    items: tuple[Where, ...]


Where = WhereTest | WhereGroup


@dataclass(frozen=True, slots=True)
class Measured:
    """What is computed of a person's events: a measure of the language, of a property where it has one.

    ``scale``: the decimals that the values of a sum or an average are added with.
    """

    kind: MeasureKind
    of: str | None = None
    scale: int = 0


@dataclass(frozen=True, slots=True)
class EventLeaf:
    """A measure over the events in [``start``, ``end``) microseconds that meets a predicate.

    Counts and sums are integers, averages doubles; extremes have the type of their property; first and last are
    instants. ``is_lasting``: the filter means the same whatever as_of is.
    """

    event: str
    where: Where | None
    start: int | None
    end: int
    measured: Measured
    predicate: Predicate
    is_lasting: bool = True

    @property
    def is_existence(self) -> bool:
        """Whether one event is enough."""
        return self.measured == COUNT and self.predicate == AT_LEAST_ONE


@dataclass(frozen=True, slots=True)
class SequenceStep:
    """An event of a sequence, or, negated, one that must not happen; times are microseconds.

    Attributes:
        same: (property, earlier step, its property) that must be equal.
        after_min, after_max: Time since the positive step before.
        quiet_for: How long after the last positive step nothing of the kind happens; None between two steps.
    """

    event: str
    where: Where | None = None
    same: tuple[tuple[str, int, str], ...] = ()
    after_min: int | None = None
    after_max: int | None = None
    negated: bool = False
    quiet_for: int | None = None

    @property
    def is_bound(self) -> bool:
        """Whether it depends on more of a chain than where that ended."""
        has_times = self.after_min is not None or self.after_max is not None
        return bool(self.same) or (self.negated and has_times)

    @property
    def properties(self) -> set[str]:
        """The properties that ``same`` compares."""
        return {name for own, _, other in self.same for name in (own, other)}

    def relaxed(self) -> SequenceStep | None:
        """A step that more chains take, and that is not bound; None asks nothing."""
        return None if self.negated else replace(self, same=())


@dataclass(frozen=True, slots=True)
class SequenceLeaf:
    """A chain of events; the positive ones in [``start``, ``end``) microseconds, none at or after ``as_of``."""

    steps: tuple[SequenceStep, ...]
    within: int | None
    start: int | None
    end: int
    as_of: int


COUNT = Measured("count")


AT_LEAST_ONE = Integers(((1, math.inf),))


@dataclass(frozen=True, slots=True)
class PublishedLeaf:
    """A member of an audience as it is published; used where this run does not build it."""

    audience: str


@dataclass(frozen=True, slots=True)
class EnteredLeaf:
    """Who entered an audience by a published run with as_of in [``start``, ``end``] microseconds, both ends in."""

    audience: str
    start: int | None
    end: int


@dataclass(frozen=True, slots=True)
class ChangedLeaf:
    """Whose latest change in an audience's published history was ``word``, by a run with as_of after ``after``.

    ``after`` is in microseconds; "latest" is the order in which the runs were published.
    """

    audience: str
    word: Literal["entered", "left"]
    after: int


@dataclass(frozen=True, slots=True)
class ScoreLeaf:
    """A person whom a published model score puts into the best ``deciles`` tenths, or whose score meets ``predicate``.

    Only the scores of the best tenth are kept: a predicate that a lower score could meet cannot be evaluated.
    """

    score: str
    deciles: int | None = None
    predicate: Predicate | None = None


@dataclass(frozen=True, slots=True)
class PartLeaf:
    """A person whom weighted rendezvous hashing of (``salt``, person id) gives to ``part``.

    ``weights``: the share of each part, and under the name "" what is left for none of them.
    """

    salt: str
    weights: tuple[tuple[str, Fraction], ...]
    part: str


@dataclass(frozen=True, slots=True)
class ListLeaf:
    """A person whose id is in a list; ``SitePlan.lists`` holds the ids."""

    file: str


@dataclass(frozen=True, slots=True)
class ConsentLeaf:
    """A person whose latest word on a purpose, before ``end`` microseconds, is a grant."""

    purpose: str
    end: int


@dataclass(frozen=True, slots=True)
class Hop:
    """A relation that is followed, and which of its rows."""

    relation: str
    where: Where | None = None


@dataclass(frozen=True, slots=True)
class RelatedLeaf:
    """A measure over the distinct last rows that relations lead a person to; or some are reached, and all match."""

    hops: tuple[Hop, ...]
    measured: Measured
    predicate: Predicate
    every: Where | None = None

    @property
    def is_existence(self) -> bool:
        """Whether one row is enough."""
        return self.measured == COUNT and self.predicate == AT_LEAST_ONE


Leaf = (
    AliveLeaf
    | NobodyLeaf
    | TraitLeaf
    | EventLeaf
    | SequenceLeaf
    | PublishedLeaf
    | EnteredLeaf
    | ChangedLeaf
    | ScoreLeaf
    | PartLeaf
    | ListLeaf
    | ListLeaf
    | ConsentLeaf
    | RelatedLeaf
)


def events_of(leaf: Leaf) -> tuple[str, ...]:
    """The event types that a leaf reads."""
    if isinstance(leaf, SequenceLeaf):
        return tuple(step.event for step in leaf.steps)
    return (leaf.event,) if isinstance(leaf, EventLeaf) else ()


def relations_of(leaf: Leaf) -> tuple[str, ...]:
    """The relations that a leaf follows."""
    return tuple(hop.relation for hop in leaf.hops) if isinstance(leaf, RelatedLeaf) else ()


@dataclass(frozen=True, slots=True)
class TraitRank:
    """Ranks people by a trait; ``is_wide`` where its values may need more than 64 bits."""

    trait: str
    is_wide: bool = False


@dataclass(frozen=True, slots=True)
class EventRank:
    """Ranks people by a measure over their events in [``start``, ``end``) microseconds."""

    event: str
    where: Where | None
    start: int | None
    end: int
    measured: Measured
    is_wide: bool = False


@dataclass(frozen=True, slots=True)
class ScoreRank:
    """Ranks people by a published model score: the best tenth by its values, the others by their tenths."""

    score: str


@dataclass(frozen=True, slots=True)
class TicketRank:
    """Puts people into an order that is random but the same in every run."""

    salt: str


Rank = TraitRank | EventRank | ScoreRank | TicketRank


@dataclass(frozen=True, slots=True)
class Ranking:
    """People in an order, each group with equal traits ``per`` on its own; whose value is missing come last.

    Ties are broken by person id. ``limit``: nobody behind this place matters.
    """

    rank: Rank
    descending: bool = True
    per: tuple[str, ...] = ()
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """A stretch of each group of a ranking, from behind place ``first`` up to place ``last``.

    Places are numbers of people (int), or shares of the group (Fraction), which are rounded half up.
    """

    ranking: Ranking
    last: int | Fraction
    first: int | Fraction = 0
