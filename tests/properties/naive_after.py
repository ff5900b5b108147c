"""What follows a rule, on plain sets and sorted lists, written from the language's description alone."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction
from hashlib import blake2b
from typing import TYPE_CHECKING

from plateia.rules import tree
from tests.properties import naive

if TYPE_CHECKING:
    from tests.properties.naive import World

_MASK = (1 << 64) - 1


def membership(world: World, audience: tree.Audience, rule: set[int], allowed: set[int]) -> set[int]:
    """Who stays, comes in, or waits; who is not allowed is out whatever it says."""
    stay = audience.membership
    was = world.published.get(audience.key, frozenset())
    found = set()
    for ordinal in allowed:
        # The last run that moved the person counts, whatever instant it computed for.
        word, at = None, None
        for as_of, entered, left in world.history.get(audience.key, ()):
            if ordinal in entered:
                word, at = "entered", as_of
            elif ordinal in left:
                word, at = "left", as_of
        since = None if at is None else world.as_of - at
        if ordinal in was:
            is_young = stay.min_stay is not None and word == "entered" and since < naive.length(stay.min_stay)
            is_old = stay.max_stay is not None and not (word == "entered" and since < naive.length(stay.max_stay))
            if not is_old and (ordinal in rule or is_young):
                found.add(ordinal)
        elif ordinal in rule:
            cools = stay.cooldown is not None and word == "left" and since < naive.length(stay.cooldown)
            if not cools:
                found.add(ordinal)
    return found


def shape(world: World, asked: tree.Shape, people: set[int]) -> set[int]:
    """The first of each group; whose value is missing come last."""
    groups: dict[object, list[int]] = defaultdict(list)
    for ordinal in people:
        value = world.people[ordinal].get(asked.per) if asked.per else None
        groups[None if naive.missing(value) else value].append(ordinal)
    kept: set[int] = set()
    for group in groups.values():
        ranked: list[tuple[bool, Fraction, bytes, int]] = []
        for ordinal in group:
            value = _rank(world, asked.rank_by, ordinal)
            number = Fraction(0) if value is None else _number(value) * (-1 if asked.order == "desc" else 1)
            ranked.append((value is None, number, _id(world, ordinal), ordinal))
        kept |= {ordinal for *_, ordinal in sorted(ranked)[: asked.limit]}
    return kept


def _number(value: object) -> Fraction:
    if isinstance(value, tuple):
        return Fraction(value[0]) * 10**12 + Fraction(value[1])
    return Fraction(value) if not hasattr(value, "toordinal") else Fraction(value.toordinal())


def _id(world: World, ordinal: int) -> bytes:
    return str(world.people[ordinal]["person_id"]).encode()


def _rank(world: World, by: tree.TraitNode | tree.ScoreNode | tree.EventNode, ordinal: int) -> object:
    if isinstance(by, tree.TraitNode):
        value = world.people[ordinal].get(by.trait)
        return None if naive.missing(value) else value
    if isinstance(by, tree.ScoreNode):
        tenths, scores = _tenths(world, by.score), world.scores[by.score]
        if ordinal not in tenths:
            return None
        return (-tenths[ordinal], scores[ordinal] if tenths[ordinal] == 1 else 0)
    rows = naive.matching(world, by, ordinal)
    if by.measure.kind == "count":
        return len(rows)
    values = [row[by.measure.of] for row in rows if not naive.missing(row[by.measure.of])]
    if by.measure.kind == "sum":
        return naive.exact_sum(values, by.measure.of_type.kind == "double")
    return (max if by.measure.kind == "max" else min)(values, default=None)


def split(world: World, asked: tree.Split, people: set[int]) -> dict[str, set[int]]:
    """The parts: by the least of -ln(u) / weight, or by quotas within each stratum."""
    shares = [(name, Fraction(share)) for name, share in asked.parts]
    parts: dict[str, set[int]] = {name: set() for name, _ in shares}
    if asked.stratify:
        strata: dict[object, list[int]] = defaultdict(list)
        for ordinal in people:
            values = (world.people[ordinal].get(trait) for trait in asked.stratify)
            strata[tuple(None if naive.missing(value) else value for value in values)].append(ordinal)
        for stratum in strata.values():
            ordered = sorted(stratum, key=lambda o: (ticket(world, o, asked.salt), _id(world, o)))
            before = Fraction(0)
            for name, share in shares:
                first, last = (math.floor(part * len(ordered) + Fraction(1, 2)) for part in (before, before + share))
                parts[name] |= set(ordered[first:last])
                before += share
        return parts
    rest = 1 - sum(share for _, share in shares)
    for ordinal in people:
        costs = {name: _cost(world, ordinal, asked.salt, name) / float(share) for name, share in shares}
        if rest:
            costs[""] = _cost(world, ordinal, asked.salt, "") / float(rest)
        winner = min(costs, key=lambda name: costs[name])
        if winner:
            parts[winner].add(ordinal)
    return parts


def ticket(world: World, ordinal: int, salt: str) -> int:
    """The finaliser of splitmix64 over the hashed person id xor the hashed salt."""
    mixed = _hash(_id(world, ordinal)) ^ _hash(salt.encode())
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9 & _MASK
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB & _MASK
    return mixed ^ (mixed >> 31)


def _cost(world: World, ordinal: int, salt: str, part: str) -> float:
    return -math.log(((ticket(world, ordinal, f"{salt}\n{part}") >> 11) + 0.5) / 2**53)


def _hash(data: bytes) -> int:
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "little")


def tenths_of(world: World, scores: dict[int, float]) -> dict[int, int]:
    """1 for the best tenth, ties by person id; the test's own way to make published scores."""
    ordered = sorted(scores, key=lambda ordinal: (-scores[ordinal], _id(world, ordinal)))
    return {ordinal: place * 10 // len(ordered) + 1 for place, ordinal in enumerate(ordered)}


def _tenths(world: World, score: str) -> dict[int, int]:
    return tenths_of(world, dict(world.scores[score]))


def least_kept(world: World, score: str) -> float:
    """The least score of the best tenth."""
    tenths = _tenths(world, score)
    return min((world.scores[score][o] for o, tenth in tenths.items() if tenth == 1), default=math.inf)


def scored(world: World, node: tree.ScoreNode, ordinal: int) -> bool:
    """Whether a person is in the top share of a score, or the score meets a condition."""
    tenths, scores = _tenths(world, node.score), world.scores[node.score]
    if node.top is None:
        return ordinal in scores and naive.meets(scores[ordinal], node.condition, world)
    share = Fraction(node.top) * 10
    if share >= 1:
        return ordinal in tenths and tenths[ordinal] <= share
    best = [o for o, tenth in tenths.items() if tenth == 1 and world.people[o]["alive"]]
    ordered: Sequence[int] = sorted(best, key=lambda o: (-scores[o], _id(world, o)))
    return ordinal in _first(ordered, math.floor(share * len(ordered) + Fraction(1, 2)))


def _first(ordered: Iterable[int], n: int) -> set[int]:
    return set(list(ordered)[:n])
