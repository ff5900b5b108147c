"""The audience language as typed, immutable values: what a document means once it is checked against the catalogue.

Windows stay as the author wrote them (``windows.py`` resolves them for a site and an instant); values have the
type of the trait, property or measure they are compared with. Nothing here knows how rules are evaluated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from plateia.catalogue import ValueType
from plateia.errors import Location

Value = str | int | float | Decimal | bool | date | datetime
CalendarUnit = Literal["day", "week", "month", "quarter", "year"]

_SECONDS = {"min": 60, "h": 3_600, "d": 86_400, "w": 604_800}


@dataclass(frozen=True, slots=True)
class Duration:
    """An exact stretch of time; a day is 24 hours."""

    amount: int
    unit: Literal["min", "h", "d", "w"]

    @property
    def delta(self) -> timedelta:
        return timedelta(seconds=self.amount * _SECONDS[self.unit])


@dataclass(frozen=True, slots=True)
class Last:
    """``{last: 30d}``: from ``duration`` before as_of up to as_of."""

    duration: Duration


@dataclass(frozen=True, slots=True)
class Ago:
    """``{from: 90d, to: 30d}``: from ``start`` before as_of up to ``end`` before as_of."""

    start: Duration
    end: Duration


@dataclass(frozen=True, slots=True)
class Days:
    """``{days: 30}``: the whole local days before as_of's local date."""

    days: int


@dataclass(frozen=True, slots=True)
class This:
    """``{this: month}``: from the start of the local calendar unit up to as_of (for dates: up to today)."""

    unit: CalendarUnit


@dataclass(frozen=True, slots=True)
class Previous:
    """``{previous: week}``: the whole local calendar unit before the one that as_of lies in."""

    unit: CalendarUnit


@dataclass(frozen=True, slots=True)
class Dates:
    """``{since: DATE, until: DATE}``: local midnights, half-open; either may be missing."""

    since: date | None
    until: date | None


@dataclass(frozen=True, slots=True)
class Next:
    """``{next: 7d}``: from as_of on; for dates only."""

    duration: Duration


Window = Last | Ago | Days | This | Previous | Dates | Next

Op = Literal[
    "eq", "ne", "lt", "lte", "gt", "gte", "between", "in", "not_in",
    "contains", "starts_with", "ends_with", "matches", "missing",
    "any_of", "all_of", "none_of", "size", "window", "anniversary_in",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Test:
    """One operator with its value: ``between`` and the ``in`` family hold a tuple, ``size`` a Condition on a long."""

    op: Op
    value: Value | tuple[Value, ...] | Window | Condition


@dataclass(frozen=True, slots=True)
class Condition:
    """Tests that must all hold for one value; a missing value meets none but ``missing: true``."""

    tests: tuple[Test, ...]
    ignore_case: bool = False


@dataclass(frozen=True, slots=True)
class PropertyTest:
    """A property of an event (or of a relation's row) that meets a condition."""

    property: str
    type: ValueType
    condition: Condition


@dataclass(frozen=True, slots=True)
class FilterGroup:
    """``all``, ``any`` or ``none`` of several filters; a map of properties is an ``all``."""

    op: Literal["all", "any", "none"]
    items: tuple[Filter, ...]


Filter = PropertyTest | FilterGroup


@dataclass(frozen=True, slots=True)
class Group:
    """``all any none xor`` of children."""

    op: Literal["all", "any", "none", "xor"]
    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class NOf:
    """At least ``n`` children are true."""

    n: int
    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class TraitNode:
    """A trait that meets a condition."""

    trait: str
    type: ValueType
    condition: Condition


@dataclass(frozen=True, slots=True)
class Measure:
    """What is computed over the matching events.

    ``of`` and ``of_type`` are set for ``sum avg min max distinct``; ``condition`` for all but ``first`` and
    ``last``, which have a ``window`` instead. Values of the condition: int for ``count distinct days``, Decimal
    for ``sum``, float for ``avg``, the property's own type for ``min`` and ``max``.
    """

    kind: Literal["count", "sum", "avg", "min", "max", "distinct", "days", "first", "last"]
    condition: Condition | None = None
    of: str | None = None
    of_type: ValueType | None = None
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class EventNode:
    """A measure over the events of one type that match ``where`` within ``window`` (None: all before as_of)."""

    event: str
    measure: Measure
    where: Filter | None = None
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class Binding:
    """``same: {prop: NAME.prop}``: this step's property equals that of the earlier step ``step``."""

    property: str
    step: str
    step_property: str


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a sequence. ``negated``: it must not happen; ``quiet_for`` is the ``for`` of a last negated one."""

    event: str
    where: Filter | None = None
    name: str | None = None
    same: tuple[Binding, ...] = ()
    after_min: Duration | None = None
    after_max: Duration | None = None
    negated: bool = False
    quiet_for: Duration | None = None


@dataclass(frozen=True, slots=True)
class SequenceNode:
    """Events in this order; ``within`` bounds the whole chain."""

    steps: tuple[Step, ...]
    within: Duration | None = None
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class AudienceNode:
    """Is a final member of another audience, or entered it within a window."""

    audience: str
    entered: Window | None = None


@dataclass(frozen=True, slots=True)
class ListNode:
    """Is named in a CSV file; ``file`` is its resolved path."""

    file: str


@dataclass(frozen=True, slots=True)
class ScoreNode:
    """A published model score that meets a condition, or lies in the top share (0 < ``top`` <= 1)."""

    score: str
    condition: Condition | None = None
    top: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Hop:
    """One relation to follow, its rows filtered."""

    relation: str
    where: Filter | None = None


@dataclass(frozen=True, slots=True)
class RelatedNode:
    """A measure over the distinct last rows reached from the person, or ``every`` row meets a filter."""

    hops: tuple[Hop, ...]
    measure: Measure | None = None
    every: Filter | None = None


Node = Group | NOf | TraitNode | EventNode | SequenceNode | AudienceNode | ListNode | ScoreNode | RelatedNode


@dataclass(frozen=True, slots=True)
class Refresh:
    """``cron`` in the site's zone, or ``every``; both None means on every build."""

    cron: str | None = None
    every: Duration | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """Members need a current grant for ``purpose``; silence is a refusal."""

    purpose: str


@dataclass(frozen=True, slots=True)
class Membership:
    min_stay: Duration | None = None
    max_stay: Duration | None = None
    cooldown: Duration | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """Keep the first ``limit`` people (of each value of the trait ``per``) by ``rank_by``."""

    rank_by: TraitNode | ScoreNode | EventNode  # its condition is empty: the value ranks
    order: Literal["asc", "desc"]
    limit: int
    per: str | None = None


@dataclass(frozen=True, slots=True)
class Split:
    """Shares of the audience, published as ``KEY/part``; each share is a fraction of 1."""

    salt: str
    parts: tuple[tuple[str, Decimal], ...]
    stratify: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Guards:
    """Bounds on the published size, and on (entered + left) / previous size as a fraction."""

    min_size: int | None = None
    max_size: int | None = None
    max_change: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Audience:
    """One audience document, checked.

    Attributes:
        definition_hash: SHA-256 (hex) of its canonical JSON.
        yields_to: The audiences above it in its priority list, the highest first.
        references: What it depends on: see ``references``.
    """

    key: str
    title: str
    owner: str
    sites: tuple[str, ...]
    rule: Node
    definition_hash: str
    where: Location = field(compare=False)
    refresh: Refresh = Refresh()
    exclude: tuple[str, ...] = ()
    consent: Consent | None = None
    membership: Membership | None = None
    shape: Shape | None = None
    split: Split | None = None
    priority: str | None = None
    yields_to: tuple[str, ...] = ()
    guards: Guards = Guards()
    destinations: tuple[Mapping[str, str], ...] = field(default=(), compare=False)
    references: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Asked of every audience at every load and for every plan, so it is found once.
        named = {*self.exclude, *self.yields_to}
        _name_audiences(self.rule, named)
        object.__setattr__(self, "references", tuple(sorted(named)))


def _name_audiences(node: Node, named: set[str]) -> None:
    """Add the audiences that a rule names."""
    if isinstance(node, (Group, NOf)):  # a union would be made anew at every node
        for child in node.children:
            _name_audiences(child, named)
    elif isinstance(node, AudienceNode):
        named.add(node.audience)


def children(node: Node) -> tuple[Node, ...]:
    """The nodes right below; a leaf has none."""
    return node.children if isinstance(node, Group | NOf) else ()


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, depth first."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += reversed(children(node))


def references(audience: Audience) -> tuple[str, ...]:
    """The audiences that a definition depends on, in its rule, its exclude or its priority list; sorted, each once.

    A part of a split is named as ``KEY/part``.
    """
    return audience.references


def owner(reference: str) -> str:
    """The audience whose definition makes what a reference names: ``KEY`` for ``KEY`` and for ``KEY/part``."""
    return reference.partition("/")[0]


def published_keys(audience: Audience) -> tuple[str, ...]:
    """What a definition publishes: itself, and each part of its split as ``KEY/part``."""
    parts = audience.split.parts if audience.split else ()
    return (audience.key, *(f"{audience.key}/{part}" for part, _ in parts))
