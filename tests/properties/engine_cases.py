"""Random sites for the engine: people, events and audiences that hold everything that is easy to get wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

import pyarrow as pa

from plateia.catalogue import ValueType
from plateia.errors import Location
from plateia.rules import tree
from plateia.tables import BLOCK_BITS, arrow_type
from tests.properties import ties
from tests.properties.naive import World

SITE = "mla"
ZONES = [
    "America/Argentina/Buenos_Aires", "America/Sao_Paulo", "America/Mexico_City", "America/Santiago",
    "America/Bogota", "America/Lima", "America/Montevideo", "America/New_York", "America/Caracas",
]  # fmt: skip
# Days around changes of the clock, some of them at midnight, a leap day, and the turn of a year.
DAYS = [date(2018, 11, 4), date(2018, 2, 18), date(2017, 8, 13), date(2018, 3, 11), date(2017, 11, 5),
        date(2016, 2, 29), date(2016, 3, 1), date(2018, 1, 1), date(2015, 3, 8)]  # fmt: skip

STRING, LONG, DOUBLE, BOOLEAN = ValueType("string"), ValueType("long"), ValueType("double"), ValueType("boolean")
DATE, TIMESTAMP, ARRAY = ValueType("date"), ValueType("timestamp"), ValueType("array")
MONEY, WIDE = ValueType("decimal", 12, 2), ValueType("decimal", 38, 4)

TRAITS = {"tier": STRING, "age": LONG, "score": DOUBLE, "vip": BOOLEAN, "born": DATE, "seen": TIMESTAMP,
          "balance": MONEY, "wealth": WIDE, "tags": ARRAY}  # fmt: skip
EVENTS = {
    "purchase": {"category": STRING, "amount": DOUBLE, "quantity": LONG, "price": MONEY, "wide": WIDE,
                 "gift": BOOLEAN, "due": DATE},
    "visit": {"page": STRING},
}  # fmt: skip

_TEXTS = ["", "gold", "GOLD", "Gold", "straße", "STRASSE", "ñandú", "ÑANDÚ", "日本", "a\nb", "e\u0301", "é", " gold"]
_LONGS = [0, 1, 2, 3, 5, -1, 2**63 - 1, -(2**63), 2**53 + 1]
_DOUBLES = [0.0, -0.0, 0.1, 1.5, -2.5, 33.33, 33.34, 1e-7, 5e-7, 1.5e-6, 1.0000005, 2.0**53, 100.0]
_PATTERNS = ["g.*", "[a-zA-Z]+", "gold|", "a.b", ".*o.*", "\\w+"]
_DURATIONS = [
    tree.Duration(30, "d"), tree.Duration(7, "d"), tree.Duration(1, "d"), tree.Duration(2, "w"), tree.Duration(8, "d"),
    tree.Duration(90, "min"), tree.Duration(36, "h"),
]  # fmt: skip
_UNITS: tuple[tree.CalendarUnit, ...] = ("day", "week", "month", "quarter", "year")


@dataclass(frozen=True)
class Case:
    """A block of a site in two forms: Arrow tables for the engine, a world for the naive evaluator."""

    block: int
    world: World
    people: pa.Table
    events: dict[str, pa.Table]
    consents: pa.Table
    relations: dict[str, pa.Table]


class Draw:
    """Draws parts of a case from one source of randomness.

    Attributes:
        durations: What steps of sequences are apart.
        timed, bound: How often a step of a sequence has times, or values that it shares.
    """

    durations: Sequence[tree.Duration] = tuple(_DURATIONS)
    timed, bound = 0.15, 0.35

    def __init__(self, random: Random) -> None:
        self.random = random
        self.zone = ZoneInfo(random.choice(ZONES))
        moment = datetime.combine(random.choice(DAYS), datetime.min.time(), UTC)
        self.as_of = moment + random.choice(
            [timedelta(), timedelta(hours=3), timedelta(seconds=random.randrange(200_000))]
        )

    def value(self, kind: ValueType) -> object:
        """A value of a type; None is missing."""
        random = self.random
        if random.random() < 0.15:
            return None
        match kind.kind:
            case "string":
                return random.choice(_TEXTS)
            case "long":
                return random.choice(_LONGS)
            case "double":
                return math.nan if random.random() < 0.1 else random.choice(_DOUBLES)
            case "boolean":
                return random.random() < 0.5
            case "date":
                return self.day()
            case "timestamp":
                return self.instant()
            case "decimal":
                if kind == WIDE and random.random() < 0.3:
                    return random.choice([1, -1]) * Decimal(10**33 + random.randrange(10)).scaleb(0)
                return Decimal(random.choice([0, 1, 150, 333, -250, 10**9])).scaleb(-kind.scale)
        return [random.choice([*_TEXTS[:4], None]) for _ in range(random.randrange(4))]

    def day(self) -> date:
        random = self.random
        if random.random() < 0.2:
            return date(random.choice([1896, 1988, 2016, 2000]), 2, random.choice([28, 29]))
        return self.as_of.date() + timedelta(days=random.choice([-400, -31, -30, -8, -7, -1, 0, 1, 7, 14, 40]))

    def instant(self) -> datetime:
        """An instant near as_of, often on a border that a window may have."""
        random = self.random
        near = self.as_of - timedelta(days=random.choice([0, 1, 6, 7, 8, 29, 30, 31, 90, 365]))
        if random.random() < 0.4:
            near = near.astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
        return near + random.choice([0, 0, -1, 1, 3_600_000_000, random.randrange(-(10**11), 10**11)]) * timedelta(
            microseconds=1
        )

    def window(self, *, of_dates: bool = False) -> tree.Window:
        """A window; those on dates are whole days long and may lie in the future."""
        random = self.random
        duration = random.choice(_DURATIONS[:5] if of_dates else _DURATIONS)
        kind = random.choice(["last", "ago", "days", "this", "previous", "dates", *(["next"] if of_dates else [])])
        match kind:
            case "last":
                return tree.Last(duration)
            case "ago":
                return tree.Ago(tree.Duration(31, "d"), duration)
            case "days":
                return tree.Days(random.choice([1, 7, 30]))
            case "this":
                return tree.This(random.choice(_UNITS))
            case "previous":
                return tree.Previous(random.choice(_UNITS))
            case "next":
                return tree.Next(duration)
        since, until = sorted([self.day(), self.day()])
        return tree.Dates(*random.choice([(since, until), (since, None), (None, until)]))

    def condition(self, kind: ValueType) -> tree.Condition:
        tests = tuple(self.test(kind) for _ in range(self.random.choice([1, 1, 1, 2])))
        return tree.Condition(tests, ignore_case=kind.kind in ("string", "array") and self.random.random() < 0.4)

    def test(self, kind: ValueType) -> tree.Test:
        random = self.random
        if random.random() < 0.1:
            return tree.Test("missing", random.random() < 0.5)
        if kind == ARRAY:
            if random.random() < 0.3:
                return tree.Test("size", self.condition_on_number([0, 1, 2]))
            return tree.Test(random.choice(["any_of", "all_of", "none_of"]), tuple(random.sample(_TEXTS[:6], 2)))
        if kind == STRING:
            op = random.choice(["eq", "ne", "in", "not_in", "contains", "starts_with", "ends_with", "matches"])
            if op == "matches":
                return tree.Test(op, random.choice(_PATTERNS))
            if op in ("in", "not_in"):
                return tree.Test(op, tuple(random.sample(_TEXTS, random.choice([1, 3, 7]))))
            return tree.Test(op, random.choice(_TEXTS))
        if kind in (DATE, TIMESTAMP) and random.random() < 0.5:
            yearly = kind == DATE and random.random() < 0.5
            return tree.Test("anniversary_in" if yearly else "window", self.window(of_dates=True))
        if kind == BOOLEAN:
            return tree.Test(random.choice(["eq", "ne"]), random.random() < 0.5)
        return self.number_test([self.known(kind) for _ in range(8)])

    def known(self, kind: ValueType) -> object:
        value = None
        while value is None or value != value:
            value = self.value(kind)
        return value

    def number_test(self, values: Sequence[object]) -> tree.Test:
        random = self.random
        op = random.choice(["eq", "ne", "lt", "lte", "gt", "gte", "between", "in", "not_in"])
        if op == "between":
            return tree.Test(op, (random.choice(values), random.choice(values)))
        if op in ("in", "not_in"):
            return tree.Test(op, tuple(random.sample(values, random.choice([1, len(values)]))))
        return tree.Test(op, random.choice(values))

    def condition_on_number(self, values: Sequence[object]) -> tree.Condition:
        return tree.Condition(tuple(self.number_test(values) for _ in range(self.random.choice([1, 1, 2]))))

    def filter(self, event: str, depth: int = 2) -> tree.Filter:
        random = self.random
        if depth == 0 or random.random() < 0.6:
            properties = EVENTS[event] if event in EVENTS else ties.RELATIONS[event][2]
            name = random.choice(sorted(properties))
            kind = properties[name]
            return tree.PropertyTest(name, kind, self.condition(kind))
        items = tuple(self.filter(event, depth - 1) for _ in range(random.choice([1, 2, 3])))
        return tree.FilterGroup(random.choice(["all", "any", "none"]), items)

    def event(self) -> tree.EventNode:
        random = self.random
        event = random.choice(["purchase", "purchase", "visit", "never_loaded"])
        where = self.filter(event) if event in EVENTS and random.random() < 0.6 else None
        window = self.window() if random.random() < 0.7 else None
        measure = self.measure(EVENTS.get(event, {}))
        return tree.EventNode(event, measure, where, None if measure.kind in ("first", "last") else window)

    def measure(self, properties: Mapping[str, ValueType]) -> tree.Measure:
        random = self.random
        numbers = sorted(name for name, kind in properties.items() if kind.is_number)
        ordered = sorted(name for name, kind in properties.items() if kind.is_ordered)
        if random.random() < 0.4:
            kind = random.choice(["first", "last", "days"])
            if kind == "days":
                return tree.Measure("days", self.condition_on_number([0, 1, 2, 3]))
            return tree.Measure(kind, window=self.window())
        if properties and random.random() < 0.2:
            name = random.choice(sorted(properties))
            return tree.Measure("distinct", self.condition_on_number([0, 1, 2, 3]), name, properties[name])
        if ordered and random.random() < 0.3:
            name = random.choice(ordered)
            return tree.Measure(random.choice(["min", "max"]), self.condition(properties[name]), name, properties[name])
        if numbers and random.random() < 0.5:
            name = random.choice(numbers)
            if random.random() < 0.5:
                return tree.Measure("avg", self.condition(DOUBLE), name, properties[name])
            values = [Decimal(text) for text in ("0", "100", "0.000001", "1.0000005", "66.67", "3.33", "-2.5", "9e30")]
            return tree.Measure("sum", self.condition_on_number(values), name, properties[name])
        return tree.Measure("count", random.choice([None, self.condition_on_number([0, 1, 2, 3])]))

    def sequence(self) -> tree.SequenceNode:
        random = self.random
        steps = [self.step("s0")]
        for i in range(1, random.choice([1, 2, 2, 3, 4])):
            while random.random() < 0.3:
                steps.append(self.step(None, steps, negated=True))
            steps.append(self.step(f"s{i}", steps))
        while random.random() < 0.25:
            steps.append(self.step(None, steps, negated=True, quiet_for=random.choice(self.durations)))
        within = random.choice([None, None, *self.durations])
        return tree.SequenceNode(tuple(steps), within, self.window() if random.random() < 0.4 else None)

    def step(
        self,
        name: str | None,
        before: Sequence[tree.Step] = (),
        *,
        negated: bool = False,
        quiet_for: tree.Duration | None = None,
    ) -> tree.Step:
        random = self.random
        event = random.choice(["purchase", "purchase", "visit", "visit", *(["never_loaded"] if negated else [])])
        where = self.filter(event, 1) if event in EVENTS and random.random() < 0.3 else None
        minimum, maximum = sorted(random.sample(self.durations, 2), key=lambda duration: duration.delta)
        named = [step for step in before if step.name is not None]
        same: tuple[tree.Binding, ...] = ()
        if named and random.random() < self.bound:
            other = random.choice(named)
            pairs = [
                (mine, theirs)
                for mine, kind in EVENTS.get(event, {}).items()
                for theirs, their_kind in EVENTS.get(other.event, {}).items()
                if kind == their_kind
            ]
            if pairs:
                mine, theirs = random.choice(pairs)
                same = (tree.Binding(mine, other.name or "", theirs),)
        return tree.Step(
            event,
            where,
            name,
            same,
            minimum if before and random.random() < self.timed else None,
            maximum if before and random.random() < 2 * self.timed else None,
            negated,
            quiet_for,
        )

    def node(self, others: Sequence[str], lists: Sequence[str], depth: int = 3) -> tree.Node:
        random = self.random
        if depth and random.random() < 0.45:
            children = tuple(self.node(others, lists, depth - 1) for _ in range(random.choice([1, 2, 2, 3])))
            if random.random() < 0.15:
                return tree.NOf(random.randint(1, len(children)), children)
            return tree.Group(random.choice(["all", "any", "none", "xor"]), children)
        kind = random.choice([*["trait"] * 3, *["event"] * 3, "sequence", "audience", "list", "related"])
        if kind == "related":
            return self.related()
        if kind == "sequence":
            return self.sequence()
        if kind == "audience" and others:
            entered = self.window() if random.random() < 0.4 else None
            return tree.AudienceNode(random.choice(others), entered)
        if kind == "list":
            return tree.ListNode(random.choice(lists))
        if kind == "trait":
            name = random.choice(sorted(TRAITS))
            return tree.TraitNode(name, TRAITS[name], self.condition(TRAITS[name]))
        return self.event()

    def related(self) -> tree.RelatedNode:
        return ties.related(self.random, self.filter, self.measure)

    def audience(self, key: str, others: Sequence[str], lists: Sequence[str]) -> tree.Audience:
        rule = self.node(others, lists)
        exclude = tuple(self.random.sample(others, 1)) if others and self.random.random() < 0.25 else ()
        consent = tree.Consent(self.random.choice(ties.PURPOSES)) if self.random.random() < 0.2 else None
        return tree.Audience(key, key, "test", (SITE,), rule, "0" * 64, Location(), exclude=exclude, consent=consent)


def case(random: Random, *, n_people: int, n_events: int, n_audiences: int, kind: type[Draw] = Draw) -> Case:
    """A random block: rows in any order, holes between the people, some of them dead, columns in chunks."""
    draw = kind(random)
    block = random.choice([0, 0, 1, 3])
    base = block << BLOCK_BITS
    places = sorted(random.sample(range(n_people * 2 + 1), n_people)) if random.random() < 0.3 else range(n_people)
    people = {
        base + place: {"alive": random.random() < 0.9, "person_id": f"p{place}"}
        | {name: draw.value(kind) for name, kind in TRAITS.items()}
        for place in places
    }
    ordinals = [*people, base + 3 * n_people + 7]  # the last one has events but is no person
    events = {
        event: [
            {"ordinal": random.choice(ordinals), "at": draw.instant(), "event_id": f"{random.choice('9éZ')}{index}"}
            | {name: draw.value(kind) for name, kind in kinds.items()}
            for index in range(n_events)
        ]
        for event, kinds in EVENTS.items()
    }
    if random.random() < 0.1 and n_events:
        random.choice(events["purchase"])["amount"] = random.choice([9.1e12, -9.3e12, math.inf, 1e300])
    consents = ties.words(random, ordinals, 2 * n_people, draw.as_of, draw.instant)
    relations = ties.relations(random, ordinals, n_events // 4, draw.value)
    lists = {"vips.csv": frozenset({"p0", "p2", "nobody"}), "empty.csv": frozenset()}
    published = {
        key: frozenset(o for o in people if random.random() < share)
        for key, share in {"old": 0.5, "older": 0.0, "a-0": 0.5, "a-1": 0.2, "a-2": 1.0}.items()
    }
    audiences: dict[str, tree.Audience] = {}
    for i in range(n_audiences):
        audiences[f"a-{i}"] = draw.audience(f"a-{i}", [*audiences, "old", "older", "elsewhere"], sorted(lists))
    history = {
        key: [
            (draw.instant(), frozenset(o for o in people if random.random() < 0.3), frozenset())
            for _ in range(random.randrange(4))
        ]
        for key in (*published, *audiences)
    }
    world = World(draw.zone, draw.as_of, people, events, audiences, published, lists, frozenset({"elsewhere"}), history)
    world.consents, world.relations = consents, relations
    fixed = {"ordinal": pa.int32(), "alive": pa.bool_(), "person_id": pa.string()}
    rows = [{"ordinal": ordinal, **person} for ordinal, person in people.items()]
    return Case(
        block,
        world,
        _table(random, rows, fixed | {name: arrow_type(kind) for name, kind in TRAITS.items()}),
        {
            event: _table(
                random,
                sorted(events[event], key=lambda row: row["at"]) if random.random() < 0.5 else events[event],
                {"ordinal": pa.int32(), "at": pa.timestamp("us", tz="UTC"), "event_id": pa.string()}
                | {name: arrow_type(kind) for name, kind in kinds.items()},
                shuffle=False,
            )
            for event, kinds in EVENTS.items()
        },
        _table(random, consents, ties.WORDS),
        {name: _table(random, rows, dict(ties.columns_of(name))) for name, rows in relations.items()},
    )


def _table(
    random: Random, rows: Sequence[dict[str, object]], types: dict[str, pa.DataType], *, shuffle: bool = True
) -> pa.Table:
    rows = list(rows)
    if shuffle and random.random() < 0.4:
        random.shuffle(rows)
    cut = random.randint(0, len(rows))
    schema = pa.schema(list(types.items()))
    chunks = [pa.Table.from_pylist(part, schema=schema) for part in (rows[:cut], rows[cut:])]
    table = pa.concat_tables(chunks)
    if random.random() < 0.5:
        for index, column in enumerate(table.columns):
            if pa.types.is_string(column.type) and random.random() < 0.7:
                table = table.set_column(index, table.column_names[index], column.dictionary_encode())
    return table
