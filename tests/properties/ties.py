"""What random people have said of consent and what they are related to; for the engine and the naive evaluator."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random

import pyarrow as pa

from plateia.catalogue import ValueType
from plateia.rules import tree
from plateia.tables import INSTANT, arrow_type

Row = dict[str, object]

PURPOSES = ["ads", "mail", "never asked"]
WORDS = {"ordinal": pa.int32(), "at": INSTANT, "purpose": pa.string(), "granted": pa.bool_()}

# Name -> where it starts, where it leads, its properties. From a city on there is no end of hops.
RELATIONS: dict[str, tuple[str, str, dict[str, ValueType]]] = {
    "has": ("person", "item", {"paid": ValueType("double"), "colour": ValueType("string")}),
    "wants": ("person", "item", {}),
    "sold_by": ("item", "seller", {"price": ValueType("decimal", 12, 2), "since": ValueType("date")}),
    "lives_in": ("seller", "city", {"rooms": ValueType("long"), "tags": ValueType("array")}),
    "near": ("city", "city", {"km": ValueType("long"), "wide": ValueType("decimal", 38, 4)}),
}
_KEYS = {
    "item": ["1", "2", "é", '["a","b"]', "", "nobody sells it"],
    "seller": ["acme", "ñ", "1"],
    "city": ["rio", "são paulo", "1"],
}


def words(
    random: Random, ordinals: Sequence[int], n: int, as_of: datetime, instant: Callable[[], datetime]
) -> list[Row]:
    """Words on two purposes, many of them at one instant, some at as_of."""
    return [
        {
            "ordinal": random.choice(ordinals),
            "at": random.choice([as_of, as_of - timedelta(days=1), instant()]),
            "purpose": random.choice(PURPOSES[:2]),
            "granted": random.random() < 0.6,
        }
        for _ in range(n)
    ]


def relations(
    random: Random, ordinals: Sequence[int], n: int, value: Callable[[ValueType], object]
) -> dict[str, list[Row]]:
    """About ``n`` distinct rows of each relation, several of them between the same ends."""
    return {name: _rows(random, name, ordinals, n, value) for name in RELATIONS}


def _rows(
    random: Random, name: str, ordinals: Sequence[int], n: int, value: Callable[[ValueType], object]
) -> list[Row]:
    start, end, properties = RELATIONS[name]
    found: dict[str, Row] = {}
    for _ in range(random.randint(0, n)):
        origin = (
            {"ordinal": random.choice(ordinals)} if start == "person" else {"from_key": random.choice(_KEYS[start])}
        )
        row = {**origin, "to_key": random.choice(_KEYS[end])} | {p: value(kind) for p, kind in properties.items()}
        found[repr(row).replace("-0.0", "0.0")] = row
    return list(found.values())


def columns_of(name: str) -> Mapping[str, pa.DataType]:
    """The columns of a relation's table."""
    start, _, properties = RELATIONS[name]
    origin = {"ordinal": pa.int32()} if start == "person" else {"from_key": pa.string()}
    return {**origin, "to_key": pa.string()} | {p: arrow_type(kind) for p, kind in properties.items()}


def way(random: Random) -> list[str]:
    """One to six relations, each from where the one before it has led."""
    found: list[str] = []
    standing = "person"
    for _ in range(random.choice([1, 1, 2, 2, 3, 4, 6])):
        following = [name for name, (start, _, _) in RELATIONS.items() if start == standing]
        found.append(random.choice(following))
        standing = RELATIONS[found[-1]][1]
    return found


def related(
    random: Random,
    filtered: Callable[[str], tree.Filter],
    measured: Callable[[Mapping[str, ValueType]], tree.Measure],
) -> tree.RelatedNode:
    """A node over some way, its hops filtered now and then."""
    names = way(random)
    hops = tuple(
        tree.Hop(name, filtered(name) if RELATIONS[name][2] and random.random() < 0.3 else None) for name in names
    )
    properties = RELATIONS[names[-1]][2]
    if properties and random.random() < 0.25:
        return tree.RelatedNode(hops, every=filtered(names[-1]))
    measurable = {name: kind for name, kind in properties.items() if kind.kind != "array"}
    measure = measured(measurable)
    while measure.kind in ("days", "first", "last"):
        measure = measured(measurable)
    return tree.RelatedNode(hops, measure)
