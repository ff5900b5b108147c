"""The members of one audience as one SQL query over people, their events, relations and consents."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from plateia.catalogue import ValueType
from plateia.rules.tree import (
    Audience,
    AudienceNode,
    Condition,
    EventNode,
    Group,
    ListNode,
    Measure,
    Node,
    NOf,
    RelatedNode,
    ScoreNode,
    SequenceNode,
    Shape,
    Test,
    TraitNode,
    Window,
)  # fmt: skip
from tests.oracle.after import Change, best, entered, none_of, stays
from tests.oracle.calendar import event_window, has_anniversary, instant_window
from tests.oracle.conditions import Today, holds, instant, quoted, value_of
from tests.oracle.filters import keeps
from tests.oracle.sequences import chained

_LONG, _DOUBLE, _INSTANT = ValueType("long"), ValueType("double"), ValueType("timestamp")


def connect() -> duckdb.DuckDBPyConnection:
    """A database in memory with what SQL lacks: full case folding, exact millionths, yearly returns of a date."""
    connection = duckdb.connect()
    connection.create_function("casefold", str.casefold, ["VARCHAR"], "VARCHAR")
    connection.create_function("micros", _micros, ["DOUBLE"], "HUGEINT")
    connection.create_function(
        "has_anniversary", has_anniversary, ["DATE", "DATE", "DATE"], "BOOLEAN", null_handling="special"
    )
    connection.create_function("local_day", _local_day, ["TIMESTAMP", "VARCHAR"], "DATE")
    return connection


def _local_day(at: datetime, zone: str) -> date:
    return at.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date()


def _micros(value: float) -> int:
    """A double's exact value in millionths, rounded half to even."""
    with localcontext(prec=400):
        return int((Decimal(value) * 1_000_000).to_integral_value(ROUND_HALF_EVEN))


@dataclass
class World:
    """One site's data in a schema of its own: ``people(person_id, …traits)`` and ``event_<type>(person_id, at, …)``.

    Relations are ``relation_<name>(start, to_key, …)``, distinct rows, where ``start`` is a person id or a key; words
    of consent ``consents(person_id, purpose, at, granted)``. ``at`` and columns of type timestamp are TIMESTAMP in
    UTC. ``audiences`` are all definitions a rule may refer to, and are built in this run; ``history`` holds the runs
    before it, an audience each, in the order of publication. Sequences ask events for their ``event_id``.
    """

    connection: duckdb.DuckDBPyConnection
    site: str
    zone: ZoneInfo
    as_of: datetime
    audiences: Mapping[str, Audience]
    history: Mapping[str, Sequence[Change]] = field(default_factory=dict)
    known: dict[str, frozenset[str]] = field(default_factory=dict)

    @property
    def today(self) -> Today:
        return Today(self.as_of, self.zone)

    def members(self, key: str) -> frozenset[str]:
        """The final members of an audience on this site: by all that its document says but ``split``."""
        if key not in self.known:
            audience = self.audiences[key]
            query = members_query(audience, self) if self.site in audience.sites else None
            rows = self.connection.execute(query).fetchall() if query else []
            self.known[key] = frozenset(row[0] for row in rows)
        return self.known[key]


def members_query(audience: Audience, world: World) -> str:
    """``SELECT person_id``: the people of the site for whom the rule is true, and what follows it leaves in."""
    rule, people = _node(audience.rule, world), f"{world.site}.people"
    if audience.membership is not None:
        rule = stays(audience.membership, rule, world.history.get(audience.key, ()), world.as_of)
    outside = "".join(f" AND NOT {_named(world.members(key))}" for key in audience.exclude)
    consent = f" AND {_consents(audience.consent.purpose, world)}" if audience.consent else ""
    found = f"SELECT person_id FROM {people} AS person WHERE {rule}{outside}{consent}"
    if audience.shape is not None:
        found = best(found, audience.shape, _rank(audience.shape, world), people)
    return none_of(found, map(world.members, audience.yields_to)) if audience.yields_to else found


def _rank(shape: Shape, world: World) -> str:
    by = shape.rank_by
    assert not isinstance(by, ScoreNode), "the oracle does not know scores"
    if isinstance(by, TraitNode):
        return value_of(f'person."{by.trait}"', by.type)
    return _measured(by.measure, _happened(by, world), world)[0]


def _entered(key: str, window: Window, world: World) -> str:
    """Whether the person entered in a run before this one, or enters in this one."""
    past = world.history.get(key, ())
    before = frozenset[str]()
    for _, came, went in past:
        before = (before | came) - went
    start, end = instant_window(window, as_of=world.as_of, zone=world.zone)
    now = (world.as_of, world.members(key) - before, frozenset[str]())
    return entered((*past, now), start, min(end, world.as_of))


def _consents(purpose: str, world: World) -> str:
    """Whether the person's latest word before as_of is a grant; of words of one instant a withdrawal comes last."""
    ranked = (
        'SELECT person_id, granted, row_number() OVER (PARTITION BY person_id ORDER BY "at" DESC, granted) AS place '
        f'FROM {world.site}.consents WHERE purpose = {quoted(purpose)} AND "at" < {instant(world.as_of)}'
    )
    granting = f"SELECT person_id FROM ({ranked}) AS word WHERE word.place = 1 AND word.granted"
    return f"(person.person_id IN ({granting}))"


def _named(ids: frozenset[str]) -> str:
    return f"(person.person_id IN ({', '.join(map(quoted, sorted(ids)))}))" if ids else "false"


def _node(node: Node, world: World) -> str:
    match node:
        case Group(op, nodes):
            truths = [_node(child, world) for child in nodes]
            if op == "xor":
                return f"({_how_many(truths)} = 1)"
            joined = f"({(' AND ' if op == 'all' else ' OR ').join(truths)})"
            return f"(NOT {joined})" if op == "none" else joined
        case NOf(n, nodes):
            return f"({_how_many([_node(child, world) for child in nodes])} >= {n})"
        case TraitNode(trait, kind, condition):
            return holds(condition, f'person."{trait}"', kind, world.today)
        case EventNode():
            return _event(node, world)
        case RelatedNode():
            return _related(node, world)
        case AudienceNode(key, None):
            return _named(world.members(key))
        case AudienceNode(key, window) if window is not None:
            return _entered(key, window, world)
        case SequenceNode():
            return chained(node, world.site, world.today)
        case ListNode(file):
            with Path(file).open(encoding="utf-8-sig", newline="") as lines:
                return _named(frozenset(row["person_id"] for row in csv.DictReader(lines)))
    raise AssertionError(f"the oracle does not know {node}")


def _how_many(truths: list[str]) -> str:
    return "(" + " + ".join(f"{truth}::INT" for truth in truths) + ")"


def _event(node: EventNode, world: World) -> str:
    return _measure(node.measure, _happened(node, world), world)


def _happened(node: EventNode, world: World) -> str:
    """``FROM`` and ``WHERE``: the person's events that a node measures."""
    start, end = event_window(node.window, as_of=world.as_of, zone=world.zone)
    window = f'happened."at" >= {instant(start)} AND happened."at" < {instant(end)}'
    where = f"happened.person_id = person.person_id AND {window}"
    if node.where:
        where += f" AND {keeps(node.where, world.today)}"
    return f"FROM {world.site}.event_{node.event} AS happened WHERE {where}"


def _related(node: RelatedNode, world: World) -> str:
    """The last rows that joins lead each person to; DISTINCT by their number makes several ways to a row one."""
    tables = [f"{world.site}.relation_{hop.relation} AS hop_{i}" for i, hop in enumerate(node.hops)]
    joined = tables[0] + "".join(
        f" JOIN {table} ON hop_{i}.start = hop_{i - 1}.to_key" for i, table in enumerate(tables) if i
    )
    filters = [keeps(hop.where, world.today, f"hop_{i}") for i, hop in enumerate(node.hops) if hop.where]
    last = f"hop_{len(tables) - 1}"
    reached = (
        f"SELECT DISTINCT hop_0.start AS person_id, {last}.rowid AS number, {last}.* EXCLUDE (start, to_key) "
        f"FROM {joined} WHERE {' AND '.join(filters) or 'true'}"
    )
    happened = f"FROM ({reached}) AS happened WHERE happened.person_id = person.person_id"
    if node.every is None:
        assert node.measure is not None
        return _measure(node.measure, happened, world)
    meets = keeps(node.every, world.today)
    return f"((SELECT count(*) {happened}) > 0 AND (SELECT count(*) {happened} AND NOT {meets}) = 0)"


def _measure(measure: Measure, happened: str, world: World) -> str:
    value, kind = _measured(measure, happened, world)
    if measure.window is not None:
        return holds(Condition((Test("window", measure.window),)), value, kind, world.today)
    assert measure.condition is not None
    if measure.kind != "sum":
        return holds(measure.condition, value, kind, world.today)
    return _sum(measure, measure.condition, happened, world)


def _measured(measure: Measure, happened: str, world: World) -> tuple[str, ValueType]:
    """A measure as a sub-query, and its type; NULL where it is missing. A sum comes in its least decimals."""
    column = f'happened."{measure.of}"'
    match measure.kind:
        case "count":
            return f"(SELECT count(*) {happened})", _LONG
        case "days":
            day = f'local_day(happened."at", {quoted(world.zone.key)})'
            return f"(SELECT count(DISTINCT {day}) {happened})", _LONG
        case "first" | "last":
            return f'(SELECT {"min" if measure.kind == "first" else "max"}(happened."at") {happened})', _INSTANT
    assert measure.of_type is not None
    present = value_of(column, measure.of_type)
    match measure.kind:
        case "distinct":
            return f"(SELECT count(DISTINCT {present}) {happened})", _LONG
        case "min" | "max":
            return f"(SELECT {measure.kind}({present}) {happened})", measure.of_type
        case "avg":
            addend, decimals = _exact(column, measure.of_type)
            weight = f"(count({present}) * 1e{decimals})"
            return f"(SELECT sum({addend})::DOUBLE / nullif({weight}, 0) {happened})", _DOUBLE
    return f"coalesce((SELECT sum({_exact(column, measure.of_type)[0]}) {happened}), 0)", _LONG


def _sum(measure: Measure, condition: Condition, happened: str, world: World) -> str:
    assert measure.of_type is not None
    decimals = _exact(f'happened."{measure.of}"', measure.of_type)[1]
    whole, scale = _scaled(condition, decimals)
    total = f"({_measured(measure, happened, world)[0]} * {10 ** (scale - decimals)}::HUGEINT)"
    return holds(whole, total, _LONG, world.today)


def _exact(column: str, kind: ValueType) -> tuple[str, int]:
    """A number as a whole one, and its decimals: doubles count in millionths, rounded half to even."""
    match kind.kind:
        case "double":
            value = value_of(column, kind)
            product = f"abs({value} * 1e6)"
            # The product is rounded itself: near a half, or where it is great, decimals must tell.
            doubtful = f"{product} > 1e12 OR abs({product} % 1 - 0.5) < 0.001"
            return f"(CASE WHEN {doubtful} THEN micros({value}) ELSE round({value} * 1e6)::HUGEINT END)", 6
        case "decimal":
            return f"({column} * {10**kind.scale}::DECIMAL(38, 0))::HUGEINT", kind.scale
        case _:
            return f"{column}::HUGEINT", 0


def _scaled(condition: Condition, decimals: int) -> tuple[Condition, int]:
    """The condition times 10^scale, so that it and a total of ``decimals`` decimals compare as whole numbers."""
    values = [v for test in condition.tests for v in (test.value if isinstance(test.value, tuple) else (test.value,))]
    scale = max([decimals, *(-int(Decimal(v).as_tuple().exponent) for v in values)])

    def times(value: object) -> object:
        if isinstance(value, tuple):
            return tuple(times(v) for v in value)
        return value if isinstance(value, bool) else int(Decimal(value).scaleb(scale))

    return Condition(tuple(Test(test.op, times(test.value)) for test in condition.tests)), scale
