"""Components that break a rule, replayed: the strongest edges first, each taken only if no rule forbids it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from transforms.identity.rules import Rules

MAX_PER_PERSON, EXCLUSIVE = "max_per_person", "verified"


@dataclass(frozen=True, slots=True)
class Vertex:
    """A value: the number of its type, and whether some row has proven it."""

    kind: int
    is_proven: bool


@dataclass(frozen=True, slots=True)
class Edge:
    """Evidence for two values; ``inner`` are their inner tokens, in their order."""

    a: int
    b: int
    score: float
    priority: int
    inner: tuple[bytes, bytes]
    source: str
    purpose: str | None
    verified: bool
    confidence: float


@dataclass
class _Group:
    """Values that are one person so far: how many of each type, and how many proven ones of each exclusive type."""

    members: list[int]
    kinds: list[int]
    proven: list[int]
    least: int


@dataclass
class Replay:
    """A maximum spanning forest under constraints (Kruskal's order, 1956).

    The order is total (score, then priority, inner tokens, source, purpose), so that the outcome depends on no
    order of rows.
    """

    rules: Rules
    vertices: Mapping[int, Vertex]
    groups: dict[int, _Group] = field(init=False)

    def __post_init__(self) -> None:
        self.groups = {number: self._alone(number, value) for number, value in self.vertices.items()}

    def run(self, edges: Sequence[Edge]) -> Iterator[tuple[Edge, str | None]]:
        """Every edge in the order of the replay, with the rule that refuses it; None: it holds."""
        for edge in sorted(edges, key=_strongest_first):
            one, other = self.groups[edge.a], self.groups[edge.b]
            rule = None if one is other else self._broken(one, other)
            if rule is None and one is not other:
                self._join(one, other)
            yield edge, rule

    def _alone(self, number: int, value: Vertex) -> _Group:
        kinds, proven = [0] * len(self.rules.kinds), [0] * len(self.rules.kinds)
        kinds[value.kind] = 1
        proven[value.kind] = int(value.is_proven)
        return _Group([number], kinds, proven, number)

    def _broken(self, one: _Group, other: _Group) -> str | None:
        """The first rule, types in order of strength, that both as one person would break."""
        for place, kind in enumerate(self.rules.kinds):
            if kind.is_exclusive and one.proven[place] + other.proven[place] > 1:
                return f"identifiers.{kind.name}.{EXCLUSIVE}"
            if kind.max_per_person is not None and one.kinds[place] + other.kinds[place] > kind.max_per_person:
                return f"identifiers.{kind.name}.{MAX_PER_PERSON}"
        return None

    def _join(self, one: _Group, other: _Group) -> None:
        small, large = sorted((one, other), key=lambda group: len(group.members))
        large.members += small.members
        large.least = min(large.least, small.least)
        for place in range(len(self.rules.kinds)):
            large.kinds[place] += small.kinds[place]
            large.proven[place] += small.proven[place]
        for number in small.members:
            self.groups[number] = large


def _strongest_first(edge: Edge) -> tuple[float, int, tuple[bytes, bytes], str, str, bool]:
    return -edge.score, edge.priority, edge.inner, edge.source, edge.purpose or "", edge.verified
