"""The nearest miss does what it says: once it has happened, the naive evaluator finds the condition changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from plateia.catalogue import ValueType
from plateia.rules import tree
from tests.properties.engine_cases import EVENTS, Draw
from tests.properties.explaining_cases import HORIZON, MICROSECOND, Asked, Passing, asked, flat
from tests.properties.kinds import Crowded
from tests.properties.naive import World, first_instant, holds, instants, keeps, meets, missing

Row = dict[str, object]


def matching(world: World, node: tree.EventNode) -> list[Mapping[str, object]]:
    """The events that a condition measures, by the language's description."""
    start, end = instants(node.window, world)
    of = node.measure.of
    return [
        row
        for row in world.events.get(node.event, ())
        if (start is None or start <= row["at"]) and row["at"] < min(end, world.as_of)
        and (node.where is None or keeps(row, node.where, world))
        and (of is None or not missing(row[of]))
    ]  # fmt: skip


def conditions(case: Asked) -> Iterator[tuple[tree.Node, Mapping[str, object]]]:
    """The conditions of the rule that say what they lack, with their rows."""
    yield from zip(tree.walk(case.definition.rule), flat(case.explained())[1:], strict=False)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**63), n_events=st.integers(0, 60))
def test_events_behind_a_condition_are_those_that_match(seed: int, n_events: int) -> None:
    case = asked(seed, n_people=2, n_events=n_events, kind=Passing)
    for node, row in conditions(case):
        if not isinstance(node, tree.EventNode) or row["truth"] is None:
            continue
        found = sorted(((one["at"], one["event_id"]) for one in matching(case.world, node)), reverse=True)
        if node.measure.kind in ("first", "last"):
            found = found[-1:] if node.measure.kind == "first" else found[:1]
        assert isinstance(row["events"], list)
        assert [(shown["at"], shown["event_id"]) for shown in row["events"]] == found[:20]
        assert row["n_events"] == len(found)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**63), n_events=st.integers(2, 30), crowded=st.booleans())
def test_a_chain_takes_every_step(seed: int, n_events: int, crowded: bool) -> None:
    case = asked(seed, n_people=1, n_events=n_events, kind=Crowded if crowded else Draw)
    for node, row in conditions(case):
        if not isinstance(node, tree.SequenceNode):
            continue
        chain = row["events"]
        assert isinstance(chain, list)
        assert bool(chain) == row["truth"]
        if not chain:
            continue
        ids = iter([event["event_id"] for event in chain])
        steps = tuple(step if step.negated else _taken_by(step, next(ids)) for step in node.steps)
        assert holds(case.world, replace(node, steps=steps), case.ordinal)
        assert next(ids, None) is None


def _taken_by(step: tree.Step, event_id: str) -> tree.Step:
    only = tree.PropertyTest("event_id", ValueType("string"), tree.Condition((tree.Test("eq", event_id),)))
    return replace(step, where=tree.FilterGroup("all", (only, *([step.where] if step.where else []))))


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**63), n_events=st.integers(0, 30))
def test_so_many_more_or_fewer_change_the_condition(seed: int, n_events: int) -> None:
    case, random = asked(seed, n_people=1, n_events=n_events, kind=Passing), Random(seed)
    for node, row in conditions(case):
        nearest = row["nearest"]
        if isinstance(node, tree.EventNode) and isinstance(nearest, Mapping) and nearest["change"] is not None:
            change, wanted = Decimal(str(nearest["change"])), not row["truth"]
            assert change != 0
            _is_the_least(case.world, node, change, wanted)
            for world in _changed(case.world, node, change, case.world.as_of, Random(seed)):
                assert holds(world, node, case.ordinal) is wanted, row
            for at in _while_valid(case.world, node, nearest["before"], random) if change > 0 else ():
                for world in _changed(case.later(at), node, change, at, Random(seed)):
                    assert holds(world, node, case.ordinal) is wanted, (row, at)


def _while_valid(world: World, node: tree.EventNode, before: object, random: Random) -> list[datetime]:
    """Instants at which doing what is lacking must still be enough."""
    follows = isinstance(node.window, tree.Last | tree.This | None)
    if not isinstance(before, datetime) and not follows:
        return []
    end = before if isinstance(before, datetime) else world.as_of + HORIZON
    assert end > world.as_of
    probes = [end - MICROSECOND, world.as_of + random.random() * (end - world.as_of)]
    return [at for at in probes if world.as_of < at < end]


def _is_the_least(world: World, node: tree.EventNode, change: Decimal, wanted: bool) -> None:
    """No smaller change of a whole number would do."""
    if node.measure.kind == "sum":
        return
    rows = matching(world, node)
    number = {
        "count": len(rows),
        "days": len({row["at"].astimezone(world.zone).date() for row in rows}),
        "distinct": len({row[node.measure.of] for row in rows}) if node.measure.of else 0,
    }[node.measure.kind]
    condition = node.measure.condition or tree.Condition((tree.Test("gte", 1),))
    for other in range(max(number - abs(int(change)) + 1, 0), number + abs(int(change))):
        assert meets(other, condition, world) is not wanted
    assert meets(number + int(change), condition, world) is wanted


def _changed(world: World, node: tree.EventNode, change: Decimal, at: datetime, random: Random) -> Iterator[World]:
    """The world after the change; none where the test cannot think of events that would make it."""
    mine = matching(world, node)
    if node.measure.kind == "sum":
        added = _added(world, node, 1, at, random, {node.measure.of: _typed(node.measure.of_type, change)})
    elif change > 0:
        added = _added(world, node, int(change), at, random, {})
    else:
        key = {
            "count": lambda row: row["event_id"],
            "days": lambda row: row["at"].astimezone(world.zone).date(),
            "distinct": lambda row: row[node.measure.of],
        }[node.measure.kind]
        gone = sorted({key(row) for row in mine}, key=repr)[: -int(change)]
        kept = [row for row in world.events[node.event] if row not in mine or key(row) not in gone]
        yield replace(world, events={**world.events, node.event: kept}, found={})
        return
    if added is not None:
        rows = [*world.events.get(node.event, ()), *added]
        yield replace(world, events={**world.events, node.event: rows}, found={})


def _added(world: World, node: tree.EventNode, n: int, at: datetime, random: Random, fixed: Row) -> list[Row] | None:
    """So many new events that match and that each count; None where none is found in some tries."""
    start, end = instants(node.window, world)
    end = min(end, at)
    if (start is not None and start >= end) or node.event not in EVENTS or None in fixed.values():
        return None
    taken = matching(world, node)
    draw, found = Draw(random), []
    for tries in range(150):
        when = end - MICROSECOND
        if node.measure.kind == "days":
            day = when.astimezone(world.zone).date() - timedelta(days=random.randrange(40))
            when = min(when, first_instant(day, world.zone))
        row: Row = {"ordinal": next(iter(world.people)), "at": when, "event_id": f"new-{tries}"}
        row |= {name: draw.value(kind) for name, kind in EVENTS[node.event].items()} | fixed
        trial = replace(world, events={node.event: [row]}, found={})
        if not matching(trial, node) or not _counts(world, node, row, [*taken, *found]):
            continue
        found.append(row)
        if len(found) == n:
            return found
    return None


def _counts(world: World, node: tree.EventNode, row: Row, others: list[Mapping[str, object]]) -> bool:
    """Whether an event adds one to a number of distinct days or values, beside others."""
    if node.measure.kind == "days":
        days = {other["at"].astimezone(world.zone).date() for other in others}
        return row["at"].astimezone(world.zone).date() not in days
    return node.measure.kind != "distinct" or row[node.measure.of] not in [other[node.measure.of] for other in others]


def _typed(kind: ValueType | None, number: Decimal) -> object:
    """A number as a value of a type; None where that cannot hold it."""
    if kind is None or kind.kind == "double":
        return float(number) if abs(number) < 10**9 else None
    if kind.kind == "long":
        return int(number) if number == int(number) and abs(number) < 2**63 else None
    return number


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**63))
def test_a_trait_of_the_value_that_is_named_meets_the_condition(seed: int) -> None:
    case = asked(seed, n_people=1, n_events=0)
    rows = [(node, row) for node, row in conditions(case) if isinstance(node, tree.TraitNode)]
    assume(rows)
    for node, row in rows:
        nearest = row["nearest"]
        if not isinstance(nearest, Mapping) or nearest["to"] is None:
            continue
        person = {**case.world.people[case.ordinal], node.trait: _parsed(node.type, nearest["to"])}
        world = replace(case.world, people={case.ordinal: person}, found={})
        assert holds(world, node, case.ordinal) is (not row["truth"]), row


def _parsed(kind: ValueType, value: object) -> object:
    match kind.kind:
        case "date":
            return date.fromisoformat(str(value))
        case "timestamp":
            return datetime.fromisoformat(str(value))
        case "decimal":
            return Decimal(str(value))
    return value
