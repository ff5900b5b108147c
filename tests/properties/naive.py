"""A second evaluator, one person and one event at a time, written from the language's description alone.

Shares only the typed tree with the engine: own windows, own conditions, sums as fractions.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from functools import cache
from zoneinfo import ZoneInfo

from plateia.rules import tree
from tests.properties import naive_after as after
from tests.properties import naive_sequences as sequences
from tests.properties.naive_ties import consents, last_rows

_LIMIT = Fraction(9_200_000_000_000)
Change = tuple[datetime, frozenset[int], frozenset[int]]  # as_of of the run, who entered, who left


class TooLargeError(Exception):
    """A sum of doubles left the range that is allowed."""


@dataclass
class World:
    """People by ordinal (with ``alive``, ``person_id`` and traits), their events, and what else rules may name."""

    zone: ZoneInfo
    as_of: datetime
    people: Mapping[int, Mapping[str, object]]
    events: Mapping[str, Sequence[Mapping[str, object]]]
    audiences: Mapping[str, tree.Audience]
    published: Mapping[str, frozenset[int]]
    lists: Mapping[str, frozenset[str]]
    absent: frozenset[str] = frozenset()
    history: Mapping[str, Sequence[Change]] = field(default_factory=dict)  # in the order of publication
    scores: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    consents: Sequence[Mapping[str, object]] = ()
    relations: Mapping[str, Sequence[Mapping[str, object]]] = field(default_factory=dict)
    found: dict[str, frozenset[int] | None] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return self.as_of.astimezone(self.zone).date()


def members(world: World, key: str) -> frozenset[int] | None:
    """Ordinals of an audience that is built, or of a part of one; None if it cannot be computed."""
    if key not in world.found:
        audience = world.audiences[key.partition("/")[0]]
        parts = audience.split.parts if audience.split else ()
        names = [audience.key, *(f"{audience.key}/{part}" for part, _ in parts)]
        try:
            world.found |= _members(world, audience)
        except TooLargeError:
            world.found |= dict.fromkeys(names)
    return world.found[key]


def holds(world: World, node: tree.Node, ordinal: int) -> bool | None:
    """Whether a node of a rule is true for a person; None if it cannot be computed."""
    try:
        return is_true(world, node, ordinal)
    except TooLargeError:
        return None


def _members(world: World, audience: tree.Audience) -> dict[str, frozenset[int]]:
    """An audience and its parts, one step of the language after the other."""
    alive = [ordinal for ordinal, person in world.people.items() if person["alive"]]
    # Not short-circuited: a sum that is too large fails the audience wherever it stands.
    rule = {ordinal for ordinal in alive if is_true(world, audience.rule, ordinal)}
    barred = {o for o in alive for key in audience.exclude if _in_audience(world, key, o)}
    higher = {o for o in alive for key in audience.yields_to if _in_audience(world, key, o)}
    if audience.consent is not None:
        purpose = audience.consent.purpose
        barred |= {o for o in alive if not consents(world.consents, purpose, o, world.as_of)}
    found = rule - barred
    if audience.membership is not None:
        found = after.membership(world, audience, rule, set(alive) - barred)
    if audience.shape is not None:
        found = after.shape(world, audience.shape, found)
    parts = {} if audience.split is None else after.split(world, audience.split, found)
    return {
        audience.key: frozenset(found - higher),
        **{f"{audience.key}/{part}": frozenset(people - higher) for part, people in parts.items()},
    }


def _in_audience(world: World, key: str, ordinal: int) -> bool:
    if key in world.absent:
        return False
    if key.partition("/")[0] not in world.audiences:
        return ordinal in world.published[key]
    found = members(world, key)
    if found is None:
        raise TooLargeError
    return ordinal in found


def _entered(world: World, key: str, window: tree.Window | None, ordinal: int) -> bool:
    now = _in_audience(world, key, ordinal)
    if key in world.absent:
        return False
    start, end = instants(window, world)
    entries = [at for at, entered, _ in world.history.get(key, ()) if ordinal in entered]
    if key.partition("/")[0] in world.audiences and now and ordinal not in world.published.get(key, ()):
        entries.append(world.as_of)
    return any((start is None or start <= at) and at <= min(end, world.as_of) for at in entries)


def is_true(world: World, node: tree.Node, ordinal: int) -> bool:
    person = world.people[ordinal]
    match node:
        case tree.Group():
            truths = [is_true(world, child, ordinal) for child in node.children]
            return {
                "all": all(truths),
                "any": any(truths),
                "none": not any(truths),
                "xor": truths.count(True) == 1,
            }[node.op]
        case tree.NOf():
            return sum(is_true(world, child, ordinal) for child in node.children) >= node.n
        case tree.TraitNode():
            return meets(person.get(node.trait), node.condition, world)
        case tree.AudienceNode(entered=None):
            return _in_audience(world, node.audience, ordinal)
        case tree.AudienceNode():
            return _entered(world, node.audience, node.entered, ordinal)
        case tree.ListNode():
            return person["person_id"] in world.lists[node.file]
        case tree.EventNode():
            return _event(world, node, ordinal)
        case tree.SequenceNode():
            return sequences.sequence(world, node, ordinal)
        case tree.ScoreNode():
            return after.scored(world, node, ordinal)
        case tree.RelatedNode():
            return _related(world, node, ordinal)
    raise AssertionError(node)


def matching(world: World, node: tree.EventNode, ordinal: int) -> list[Mapping[str, object]]:
    """A person's events that a node measures."""
    start, end = instants(node.window, world)
    return [
        row
        for row in world.events.get(node.event, ())
        if row["ordinal"] == ordinal
        and row["at"] < min(end, world.as_of)
        and (start is None or row["at"] >= start)
        and (node.where is None or keeps(row, node.where, world))
    ]


def _event(world: World, node: tree.EventNode, ordinal: int) -> bool:
    return _measured(world, node.measure, matching(world, node, ordinal))


def _related(world: World, node: tree.RelatedNode, ordinal: int) -> bool:
    rows = last_rows(world.relations, node.hops, ordinal, lambda row, where: keeps(row, where, world))
    if node.every is not None:
        return bool(rows) and all(keeps(row, node.every, world) for row in rows)
    return _measured(world, node.measure, rows)


def _measured(world: World, measure: tree.Measure, rows: Sequence[Mapping[str, object]]) -> bool:
    if measure.kind in ("first", "last"):
        instant = (min if measure.kind == "first" else max)((row["at"] for row in rows), default=None)
        return meets(instant, tree.Condition((tree.Test("window", measure.window),)), world)
    condition = measure.condition or tree.Condition((tree.Test("gte", 1),))
    if measure.kind == "count":
        return meets(len(rows), condition, world)
    if measure.kind == "days":
        return meets(len({row["at"].astimezone(world.zone).date() for row in rows}), condition, world)
    values = [row[measure.of] for row in rows if not missing(row[measure.of])]
    if measure.kind == "distinct":
        return meets(len(set(values)), condition, world)
    if measure.kind in ("min", "max"):
        return meets((min if measure.kind == "min" else max)(values, default=None), condition, world)
    total = exact_sum(values, measure.of_type.kind == "double")
    if measure.kind == "avg":
        return meets(float(total / len(values)) if values else None, condition, world)
    return _meets_number(total, condition)


def exact_sum(values: Sequence[object], is_double: bool) -> Fraction:
    """The sum of numbers; doubles are millionths."""
    if not is_double:
        return sum((Fraction(value) for value in values), Fraction(0))
    total = Fraction(0)
    for value in values:
        if math.isinf(value) or abs(Fraction(value)) > _LIMIT:
            raise TooLargeError
        total += Fraction(round(Fraction(value) * 10**6), 10**6)  # round() is half to even on fractions
    if abs(total) > _LIMIT:
        raise TooLargeError
    return total


def _meets_number(number: Fraction, condition: tree.Condition) -> bool:
    return all(_compare(number, test) for test in condition.tests)


def _compare(number: object, test: tree.Test) -> bool:
    def value(raw: object) -> object:
        return Fraction(raw) if isinstance(number, Fraction) else raw

    values = [value(raw) for raw in (test.value if isinstance(test.value, tuple) else (test.value,))]
    return {
        "eq": lambda: number == values[0],
        "ne": lambda: number != values[0],
        "lt": lambda: number < values[0],
        "lte": lambda: number <= values[0],
        "gt": lambda: number > values[0],
        "gte": lambda: number >= values[0],
        "between": lambda: values[0] <= number <= values[1],
        "in": lambda: any(number == one for one in values),
        "not_in": lambda: all(number != one for one in values),
    }[test.op]()


def missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def meets(value: object, condition: tree.Condition, world: World) -> bool:
    """Whether a value passes every test of a condition."""
    return all(_passes(value, test, condition.ignore_case, world) for test in condition.tests)


def _passes(value: object, test: tree.Test, ignore_case: bool, world: World) -> bool:
    if test.op == "missing":
        return missing(value) == test.value
    if missing(value):
        return False
    if isinstance(value, list):
        return _array([item for item in value if item is not None], test, ignore_case, world)
    if isinstance(value, str):
        return _text(value, test, ignore_case)
    if test.op == "window":
        if isinstance(value, datetime):
            start, end = instants(test.value, world)
            return (start is None or start <= value) and value < end
        first, last = dates(test.value, world)
        return (first is None or first <= value) and (last is None or value < last)
    if test.op == "anniversary_in":
        return _anniversary(value, *dates(test.value, world))
    return _compare(value, test)


def _text(value: str, test: tree.Test, ignore_case: bool) -> bool:
    if test.op == "matches":
        # RE2's classes are of ASCII.
        return re.fullmatch(test.value, value, re.ASCII | (re.IGNORECASE if ignore_case else 0)) is not None

    def fold(text: str) -> str:
        return text.casefold() if ignore_case else text

    texts = [fold(text) for text in (test.value if isinstance(test.value, tuple) else (test.value,))]
    mine = fold(value)
    return {
        "eq": mine == texts[0],
        "ne": mine != texts[0],
        "in": mine in texts,
        "not_in": mine not in texts,
        "contains": texts[0] in mine,
        "starts_with": mine[: len(texts[0])] == texts[0],
        "ends_with": mine[len(mine) - len(texts[0]) :] == texts[0] if len(texts[0]) <= len(mine) else False,
    }[test.op]


def _array(items: list[str], test: tree.Test, ignore_case: bool, world: World) -> bool:
    if test.op == "size":
        return meets(len(items), test.value, world)

    def fold(text: str) -> str:
        return text.casefold() if ignore_case else text

    mine = {fold(item) for item in items}
    asked = {fold(item) for item in test.value}
    return {"any_of": bool(mine & asked), "all_of": asked <= mine, "none_of": not mine & asked}[test.op]


def _anniversary(day: date, start: date | None, end: date | None) -> bool:
    if start is None or end is None:
        return True

    def in_year(year: int) -> date:
        try:
            return day.replace(year=year)
        except ValueError:
            return date(year, 2, 28)

    return any(start <= in_year(year) < end for year in range(start.year, end.year + 1))


def keeps(row: Mapping[str, object], node: tree.Filter, world: World) -> bool:
    """Whether a row passes a filter."""
    if isinstance(node, tree.PropertyTest):
        return meets(row[node.property], node.condition, world)
    truths = [keeps(row, item, world) for item in node.items]
    return {"all": all(truths), "any": any(truths), "none": not any(truths)}[node.op]


def length(duration: tree.Duration) -> timedelta:
    minutes = {"min": 1, "h": 60, "d": 24 * 60, "w": 7 * 24 * 60}[duration.unit]
    return timedelta(minutes=minutes * duration.amount)


@cache
def first_instant(day: date, zone: ZoneInfo) -> datetime:
    """The first quarter of an hour, in UTC, that the zone's clock shows with this date or a later one."""
    instant = datetime.combine(day, time(), UTC) - timedelta(hours=15)
    while instant.astimezone(zone).date() < day:
        instant += timedelta(minutes=15)
    return instant


def _unit_start(day: date, unit: str) -> date:
    if unit == "week":
        while day.isoweekday() != 1:
            day -= timedelta(days=1)
        return day
    months = {"day": None, "month": day.month, "quarter": [1, 1, 1, 4, 4, 4, 7, 7, 7, 10, 10, 10][day.month - 1]}
    month = months.get(unit, 1)
    return day if month is None else date(day.year, month, 1)


def instants(window: tree.Window | None, world: World) -> tuple[datetime | None, datetime]:
    """[start, end) of a window as instants."""
    match window:
        case None:
            return None, world.as_of
        case tree.Last(duration):
            return world.as_of - length(duration), world.as_of
        case tree.Ago(start, end):
            return world.as_of - length(start), world.as_of - length(end)
        case tree.Next(duration):
            return world.as_of, world.as_of + length(duration)
        case tree.This(unit):
            return first_instant(_unit_start(world.today, unit), world.zone), world.as_of
    first, last = dates(window, world)
    end = datetime.max.replace(tzinfo=UTC) if last is None else first_instant(last, world.zone)
    return None if first is None else first_instant(first, world.zone), end


def dates(window: tree.Window, world: World) -> tuple[date | None, date | None]:
    """[start, end) of a window as local dates."""
    today = world.today
    match window:
        case tree.Last(duration):
            return today - length(duration), today
        case tree.Ago(start, end):
            return today - length(start), today - length(end)
        case tree.Next(duration):
            return today, today + length(duration)
        case tree.Days(days):
            return today - timedelta(days=days), today
        case tree.This(unit):
            return _unit_start(today, unit), today
        case tree.Previous(unit):
            this = _unit_start(today, unit)
            return _unit_start(this - timedelta(days=1), unit), this
        case tree.Dates(since, until):
            return since, until
    raise AssertionError(window)
