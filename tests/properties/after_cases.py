"""Random worlds of several blocks, and audiences of which much follows the rule."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from pyroaring import BitMap

from plateia.catalogue import ValueType
from plateia.errors import Location
from plateia.records import BlockScores, Change
from plateia.rules import tree
from plateia.rules.windows import microseconds
from plateia.tables import BLOCK_BITS, arrow_type
from tests.properties import ties
from tests.properties.naive import World
from tests.properties.naive_after import least_kept, tenths_of
from tests.unit.audience.table_reader import TableReader

SITE = "mlb"
STRING, LONG, DOUBLE, DATE = (ValueType(kind) for kind in ("string", "long", "double", "date"))
PRICE = ValueType("decimal", 38, 2)
TRAITS = {"tier": STRING, "age": LONG, "spend": DOUBLE, "since": DATE, "worth": PRICE}
AMOUNTS = {"amount": DOUBLE, "cents": PRICE}
_VALUES: Mapping[ValueType, Sequence[object]] = {
    STRING: ["gold", "silver", "é", "", None],
    LONG: [-(2**63), -3, 0, 1, 1, 2, 2**63 - 1, None],
    DOUBLE: [-1.5, -0.0, 0.0, 2.25, 1e12, math.nan, None],
    DATE: [date(1969, 12, 31), date(1970, 1, 1), date(2016, 2, 29), None],
    PRICE: [Decimal("-1.01"), Decimal("0.00"), Decimal("7.50"), Decimal(10) ** 30, None],
}


@dataclass(frozen=True)
class Blocks:
    """A world, and a reader of each of its blocks."""

    world: World
    readers: Mapping[int, TableReader]


def blocks(random: Random, *, n_people: int, n_audiences: int) -> Blocks:
    """People in up to three blocks, whose ids are no ordinals; histories that need not fit what is published."""
    as_of = datetime(2017, 3, 12, 8, tzinfo=UTC)
    ids = random.sample(["é", "p", "p\x001", "q" * 30, *(f"p{i}" for i in range(3 * n_people + 1))], n_people)
    ordinals = sorted({(random.choice([0, 0, 1, 3]) << BLOCK_BITS) + random.randrange(100) for _ in ids})
    people = {
        ordinal: {"alive": random.random() < 0.9, "person_id": person}
        | {name: random.choice(_VALUES[kind]) for name, kind in TRAITS.items()}
        for ordinal, person in zip(ordinals, ids, strict=False)
    }
    events = [
        {
            "ordinal": random.choice([*people, 7]),
            "at": as_of - timedelta(days=random.randrange(60)),
            "event_id": f"e{i}",
        }
        | {name: random.choice(_VALUES[kind]) for name, kind in AMOUNTS.items()}
        for i in range(2 * n_people)
    ]
    scored = {o: float(np.float32(random.choice([0.0, 0.5, 0.25, random.random()]))) for o in people}
    scores = {"likely": {o: score for o, score in scored.items() if random.random() < 0.9}}
    published = {
        key: frozenset(o for o in people if random.random() < 0.4)
        for key in ("old", *(f"a-{i}" for i in range(n_audiences) if random.random() < 0.8))
    }
    history = {key: [_change(random, as_of, list(people)) for _ in range(random.randrange(5))] for key in published}
    world = World(ZoneInfo("America/Sao_Paulo"), as_of, people, {"purchase": events}, {}, published, {},
                  history=history, scores=scores)  # fmt: skip
    world.consents = ties.words(
        random, list(people) or [7], 4 * n_people, as_of, lambda: as_of - timedelta(days=random.randrange(9))
    )
    audiences: dict[str, tree.Audience] = {}
    for i in range(n_audiences):
        audiences[f"a-{i}"] = _audience(random, world, f"a-{i}", audiences)
    world.audiences = audiences
    numbers = sorted({o >> BLOCK_BITS for o in people})
    return Blocks(world, {block: _reader(world, block, random) for block in numbers})


def _change(random: Random, as_of: datetime, people: list[int]) -> tuple[datetime, frozenset[int], frozenset[int]]:
    entered = frozenset(o for o in people if random.random() < 0.3)
    left = frozenset(o for o in people if random.random() < 0.3 and o not in entered)
    return as_of - timedelta(days=random.randrange(-1, 12)), entered, left


def _audience(random: Random, world: World, key: str, before: Mapping[str, tree.Audience]) -> tree.Audience:
    names = ["old", *before, *(f"{k}/a" for k, audience in before.items() if audience.split)]
    split = None
    if random.random() < 0.5:
        shares = random.choice([("0.5", "0.5"), ("0.1", "0.45"), ("0.333", "0.333"), ("1",)])
        strata = random.choice([(), (), ("tier",), ("tier", "age")])
        split = tree.Split("salt", tuple((name, Decimal(s)) for name, s in zip("ab", shares, strict=False)), strata)
    days = [tree.Duration(n, "d") for n in sorted(random.sample(range(1, 10), 2))]
    stay = tree.Membership(
        random.choice([None, days[0]]), random.choice([None, days[1]]), random.choice([None, tree.Duration(3, "d")])
    )
    return tree.Audience(
        key, key, "test", (SITE,), _rule(random, world, names), "0" * 64, Location(),
        exclude=tuple(random.sample(names, 1)) if random.random() < 0.2 else (),
        membership=stay if random.random() < 0.5 else None,
        shape=_shape(random) if random.random() < 0.6 else None,
        split=split,
        consent=tree.Consent(random.choice(ties.PURPOSES[:2])) if random.random() < 0.3 else None,
        yields_to=tuple(random.sample(list(before), min(len(before), 2))) if random.random() < 0.3 else (),
    )  # fmt: skip


def _rule(random: Random, world: World, names: list[str]) -> tree.Node:
    kind = random.choice(["everybody", "tier", "audience", "top", "above"])
    if kind == "tier":
        tiers = tuple(random.sample(["gold", "silver", "é", ""], 2))
        return tree.TraitNode("tier", STRING, tree.Condition((tree.Test("in", tiers),)))
    if kind == "audience":
        return tree.AudienceNode(random.choice(names))
    if kind == "top":
        return tree.ScoreNode("likely", top=Decimal(random.choice(["0.01", "0.05", "0.1", "0.3", "1"])))
    if kind == "above":
        least = least_kept(world, "likely")
        value = float(np.nextafter(least if math.isfinite(least) else 0.0, math.inf))
        return tree.ScoreNode("likely", tree.Condition((tree.Test("gte", value),)))
    return tree.Group("none", (tree.TraitNode("age", LONG, tree.Condition((tree.Test("eq", 12345),))),))


def _shape(random: Random) -> tree.Shape:
    by: tree.TraitNode | tree.ScoreNode | tree.EventNode
    kind = random.choice(["trait", "trait", "score", "event"])
    if kind == "trait":
        trait = random.choice(["age", "spend", "since", "worth"])
        by = tree.TraitNode(trait, TRAITS[trait], tree.Condition(()))
    elif kind == "score":
        by = tree.ScoreNode("likely", tree.Condition(()))
    else:
        name = random.choice(sorted(AMOUNTS))
        measure = random.choice(
            [tree.Measure("count"), *(tree.Measure(word, None, name, AMOUNTS[name]) for word in ("sum", "max", "min"))]
        )
        by = tree.EventNode("purchase", measure, None, tree.Last(tree.Duration(30, "d")))
    return tree.Shape(by, random.choice(["asc", "desc"]), random.choice([1, 2, 5, 1000]), random.choice([None, "tier"]))


def _reader(world: World, block: int, random: Random) -> TableReader:
    mine = [o for o in world.people if o >> BLOCK_BITS == block]
    random.shuffle(mine)
    fixed = {"ordinal": pa.int32(), "alive": pa.bool_(), "person_id": pa.string()}
    schema = pa.schema([*fixed.items(), *((name, arrow_type(kind)) for name, kind in TRAITS.items())])
    people = pa.Table.from_pylist([{"ordinal": o, **world.people[o]} for o in mine], schema=schema)
    at = {"ordinal": pa.int32(), "at": pa.timestamp("us", tz="UTC"), "event_id": pa.string()}
    typed = pa.schema([*at.items(), *((name, arrow_type(kind)) for name, kind in AMOUNTS.items())])
    rows = [row for row in world.events["purchase"] if row["ordinal"] >> BLOCK_BITS == block]
    history = {
        key: [Change(microseconds(at), _bytes(entered, block), _bytes(left, block)) for at, entered, left in past]
        for key, past in world.history.items()
    }
    published = {key: _bytes(found, block) for key, found in world.published.items()}
    events = {"purchase": pa.Table.from_pylist(rows, schema=typed)}
    said = [word for word in world.consents if word["ordinal"] >> BLOCK_BITS == block]
    words = pa.Table.from_pylist(said, schema=pa.schema(ties.WORDS))
    return TableReader(people, events, published, history, {"likely": _scores(world, block)}, words)


def _scores(world: World, block: int) -> BlockScores:
    scores = dict(world.scores["likely"])
    tenths = {o: tenth for o, tenth in tenths_of(world, scores).items() if o >> BLOCK_BITS == block}
    deciles = np.full(max((o & ((1 << BLOCK_BITS) - 1) for o in tenths), default=-1) + 1, 255, np.uint8)
    for ordinal, tenth in tenths.items():
        deciles[ordinal & ((1 << BLOCK_BITS) - 1)] = tenth
    kept = sorted(o for o, tenth in tenths.items() if tenth == 1)
    values = np.array([scores[o] for o in kept], "<f4")
    return BlockScores(deciles.tobytes(), _bytes(kept, block), values.tobytes(), least_kept(world, "likely"))


def _bytes(ordinals: Sequence[int] | frozenset[int], block: int) -> bytes:
    bitmap = BitMap()
    for ordinal in ordinals:
        if ordinal >> BLOCK_BITS == block:
            bitmap.add(ordinal)
    return bytes(bitmap.serialize())
