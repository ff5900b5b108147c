"""Why two values are one person, or are not: the strongest path between them, or what was refused."""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from transforms.identity.rules import Kind, Rules

Value = tuple[str, bytes]  # type, token


@dataclass(frozen=True, slots=True)
class Known:
    """A row of ``identity_edges``, with its score at as_of."""

    a: Value
    b: Value
    source: str
    purpose: str | None
    first_seen: datetime
    last_seen: datetime
    count: int
    verified: bool
    score: float


def score_of(kinds: Sequence[Kind], *, confidence: float, age: timedelta, count: int) -> float:
    """The score of evidence, as ``live_edges`` computes it."""
    lives = [kind.half_life for kind in kinds if kind.half_life is not None]
    micros = max(0, age // timedelta(microseconds=1))
    faded = 2.0 ** -(micros / min(lives)) if lives else 1.0
    return float(confidence * faded * math.log2(1.0 + count))


def counts(kinds: Sequence[Kind], *, age: timedelta) -> bool:
    """Whether evidence of an age lies in the windows of both of its ends."""
    windows = [kind.window for kind in kinds if kind.window is not None]
    return not windows or age // timedelta(microseconds=1) <= min(windows)


def strongest_path(edges: Iterable[Known], start: Value, goal: Value) -> list[Known] | None:
    """The edges from one value to another whose weakest is as strong as can be, few first among equals; None: no way.

    Dijkstra's order (1959) with the least score of a path in place of its length.
    """
    beside: dict[Value, list[tuple[Value, Known]]] = defaultdict(list)
    for edge in edges:
        beside[edge.a].append((edge.b, edge))
        beside[edge.b].append((edge.a, edge))
    queue: list[tuple[float, int, int, Value, list[Known]]] = [(-math.inf, 0, 0, start, [])]
    done: set[Value] = set()
    steps = 0
    while queue:
        weakest, length, _, here, path = heapq.heappop(queue)
        if here == goal:
            return path
        if here in done:
            continue
        done.add(here)
        for other, edge in sorted(beside[here], key=lambda step: (-step[1].score, step[0])):
            if other not in done:
                steps += 1
                heapq.heappush(queue, (max(weakest, -edge.score), length + 1, steps, other, [*path, edge]))
    return None


def known_edges(rows: Iterable[dict[str, object]], rules: Rules, *, as_of: datetime) -> list[Known]:
    """The edges between two values among rows of ``identity_edges`` that count at an instant."""
    kinds = {kind.name: kind for kind in rules.kinds}
    found = []
    for row in rows:
        if row["token_a"] == row["token_b"]:
            continue
        ends = [kinds.get(str(row["type_a"])), kinds.get(str(row["type_b"]))]
        of_ends = [kind for kind in ends if kind is not None]
        last = row["last_seen"]
        assert isinstance(last, datetime)
        if len(of_ends) < 2 or not counts(of_ends, age=as_of - last):
            continue
        found.append(_known(row, of_ends, as_of=as_of))
    return found


def _known(row: dict[str, object], kinds: Sequence[Kind], *, as_of: datetime) -> Known:
    first, last, count, confidence = row["first_seen"], row["last_seen"], row["count"], row["confidence"]
    assert isinstance(first, datetime)
    assert isinstance(last, datetime)
    assert isinstance(count, int)
    assert isinstance(confidence, float)
    score = score_of(kinds, confidence=confidence, age=as_of - last, count=count)
    purpose = None if row["purpose"] is None else str(row["purpose"])
    ends = (value_of(row, "a"), value_of(row, "b"))
    return Known(*ends, str(row["source"]), purpose, first, last, count, bool(row["verified"]), score)


def value_of(row: dict[str, object], end: str) -> Value:
    """One end of an edge."""
    token = row[f"token_{end}"]
    assert isinstance(token, bytes)
    return str(row[f"type_{end}"]), token
