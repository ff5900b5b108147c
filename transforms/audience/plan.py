"""The executable form of a site's audiences: distinct leaves and a graph of bit operations, small and picklable."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms.audience.leaves.conditions import Integers, Predicate

MeasureKind = Literal["count", "sum", "avg", "min", "max", "distinct", "days", "first", "last"]


class Op(IntEnum):
    """What an inner node does with its arguments; ``N_OF`` takes its n from ``SitePlan.counts``."""

    ALL = 0
    ANY = 1
    NONE = 2
    XOR = 3
    N_OF = 4


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
    instants.
    """

    event: str
    where: Where | None
    start: int | None
    end: int
    measured: Measured
    predicate: Predicate

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
class ListLeaf:
    """A person whose id is in a list; ``SitePlan.lists`` holds the ids."""

    file: str


@dataclass(frozen=True, slots=True)
class ConsentLeaf:
    """A person whose latest word on a purpose, before ``end`` microseconds, is a grant."""

    purpose: str
    end: int


Leaf = (
    AliveLeaf | NobodyLeaf | TraitLeaf | EventLeaf | SequenceLeaf | PublishedLeaf | EnteredLeaf | ListLeaf | ConsentLeaf
)


def events_of(leaf: Leaf) -> tuple[str, ...]:
    """The event types that a leaf reads."""
    if isinstance(leaf, SequenceLeaf):
        return tuple(step.event for step in leaf.steps)
    return (leaf.event,) if isinstance(leaf, EventLeaf) else ()


def entries_of(plan: SitePlan) -> dict[str, tuple[int | None, int]]:
    """The audiences whose entries a plan asks for, and when: the widest stretch, both ends in."""
    spans: dict[str, tuple[int | None, int]] = {}
    for leaf in plan.leaves:
        if isinstance(leaf, EnteredLeaf):
            start, end = spans.get(leaf.audience, (leaf.start, leaf.end))
            earliest = None if start is None or leaf.start is None else min(start, leaf.start)
            spans[leaf.audience] = earliest, max(end, leaf.end)
    return spans


@dataclass(frozen=True, slots=True)
class Outline:
    """A node of a rule as its author wrote it, with the graph node that holds its truth; for explanations."""

    text: str
    node: int
    children: tuple[Outline, ...] = ()


@dataclass(frozen=True, slots=True)
class SitePlan:
    """All audiences of a site as one graph.

    Nodes ``0 … len(leaves) - 1`` are the leaves; node ``len(leaves) + i`` applies ``ops[i]`` to the nodes
    ``arguments[starts[i] : starts[i + 1]]``, all of them before it. ``outputs[k]`` is the node of audience ``keys[k]``.

    Attributes:
        keys: The audiences that are computed, in topological order.
        references: The audiences that each of them names, built here or not.
        failed: Audiences that cannot be computed, with the sentence that says why.
        leaf_counts: Distinct leaves of each audience's own rule.
        lists: Ids of each list file.
        outlines: Rules in their written order, only where they were asked for.
    """

    site: str
    zone: str
    keys: tuple[str, ...]
    outputs: tuple[int, ...]
    leaves: tuple[Leaf, ...]
    ops: npt.NDArray[np.uint8]
    counts: npt.NDArray[np.int32]
    starts: npt.NDArray[np.int32]
    arguments: npt.NDArray[np.int32]
    leaf_counts: tuple[int, ...]
    references: Mapping[str, tuple[str, ...]]
    failed: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, pa.Array] = field(default_factory=dict)
    outlines: Mapping[str, Outline] = field(default_factory=dict)

    def inner_nodes(self) -> Iterator[tuple[int, Op, int, list[int]]]:
        """Every inner node in order: its number, operation, n, and the nodes it combines."""
        starts, arguments = self.starts.tolist(), self.arguments.tolist()
        operations = zip(self.ops.tolist(), self.counts.tolist(), strict=True)
        for index, (op, n) in enumerate(operations):
            yield len(self.leaves) + index, Op(op), n, arguments[starts[index] : starts[index + 1]]


class BlockReader(Protocol):
    """What a worker asks of its block; any row order, nothing person-sized beyond the block."""

    def people(self, columns: Sequence[str]) -> pa.Table:
        """The block's people: ``columns`` as far as the table has them; always at least ``ordinal``."""

    def events(self, event: str, columns: Sequence[str], start: int | None, end: int) -> pa.Table:
        """The block's events that may lie in [start, end) microseconds; more rows may come, without harm."""

    def consents(self) -> pa.Table | None:
        """The words of the block's people: ordinal, at, purpose, granted; None if no refresh has loaded any."""

    def entered(self, audience: str, start: int | None, end: int) -> Iterable[bytes]:
        """Who entered an audience in the block by published runs with as_of in [start, end], as Roaring bytes."""

    def members(self, audience: str) -> bytes | None:
        """The published members of the block as Roaring bytes; None where there are none."""
