"""One person of a random site: what explains them, and how the naive evaluator sees the same person at any time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from plateia.records import Change
from plateia.rules import tree
from plateia.rules.windows import microseconds
from tests.properties.engine_cases import EVENTS, SITE, TRAITS, Case, Draw, case
from tests.properties.naive import World, first_instant, holds, members
from tests.properties.test_engine import roaring_bytes
from tests.unit.audience.table_reader import TableReader
from transforms.audience.compile import compile_site
from transforms.audience.explaining import Explanation, Question, explain_person
from transforms.audience.plan import SitePlan

_ALWAYS, _NEVER = "always.csv", "never.csv"
MICROSECOND = timedelta(microseconds=1)
HORIZON = timedelta(days=3_653)
_DURATIONS = [timedelta(minutes=90), timedelta(hours=36), *(timedelta(days=n) for n in (1, 7, 8, 14, 30, 31))]
_DURATIONS += [timedelta(hours=12 * halves) for halves in (1, 2, 3, 4, 6, 10)]


class Passing(Draw):
    """Rules of many conditions that time changes, over events of the last weeks that mostly match."""

    def instant(self) -> datetime:
        random = self.random
        if random.random() < 0.3:
            return super().instant()
        return self.as_of - timedelta(hours=random.randrange(-30, 45 * 24), microseconds=random.choice([0, 1, 1234]))

    def node(self, others: Sequence[str], lists: Sequence[str], depth: int = 2) -> tree.Node:
        random = self.random
        if not depth:
            return self.passing(others)
        children = tuple(
            self.node(others, lists, depth - 1) if random.random() < 0.3 else self.passing(others)
            for _ in range(random.randint(1, 4))
        )
        if random.random() < 0.2:
            return tree.NOf(random.randint(1, len(children)), children)
        return tree.Group(random.choice(["all", "any", "none", "xor"]), children)

    def passing(self, others: Sequence[str]) -> tree.Node:
        random = self.random
        kind = random.choice([*["event"] * 6, "sequence", "entered", "born", "seen"])
        if kind == "sequence":
            return self.sequence()
        if kind == "entered":
            return tree.AudienceNode(random.choice(others), self.window())
        if kind in ("born", "seen"):
            op: tree.Op = "anniversary_in" if kind == "born" and random.random() < 0.5 else "window"
            test = tree.Test(op, self.window(of_dates=True))
            return tree.TraitNode(kind, TRAITS[kind], tree.Condition((test,)))
        return self.event()

    def event(self) -> tree.EventNode:
        random = self.random
        event = random.choice(["purchase", "purchase", "visit"])
        where = self.filter(event, 1) if random.random() < 0.25 else None
        window = self.window() if random.random() < 0.9 else None
        kind = random.choice(["count", "count", "days", "distinct", "sum"])
        least = tree.Condition((tree.Test(random.choice(["gte", "gte", "lte", "eq"]), random.randrange(6)),))
        if event == "visit" and kind == "sum":
            kind = "count"
        of = {"distinct": "category" if event == "purchase" else "page", "sum": random.choice(["amount", "price"])}.get(
            kind
        )
        measure = tree.Measure(kind, least, of, None if of is None else EVENTS[event][of])
        if random.random() < 0.15:
            measure = self.measure(EVENTS[event])
        return tree.EventNode(event, measure, where, None if measure.kind in ("first", "last") else window)


class Staying(Passing):
    """Audiences that their members stay in for some time, by a history that need not fit what is published."""

    def audience(self, key: str, others: Sequence[str], lists: Sequence[str]) -> tree.Audience:
        drawn, random = super().audience(key, others, lists), self.random
        stretches = [random.choice([None, *self.durations]) for _ in range(3)]
        return replace(drawn, membership=tree.Membership(*stretches))

    def instant(self) -> datetime:
        return min(super().instant(), self.as_of)


@dataclass(frozen=True)
class Asked:
    """An audience and a person; ``world`` holds this person alone, and nothing from as_of on."""

    drawn: Case
    key: str
    ordinal: int
    world: World

    @property
    def definition(self) -> tree.Audience:
        return self.world.audiences[self.key]

    @property
    def is_alive(self) -> bool:
        return bool(self.world.people[self.ordinal]["alive"])

    def explained(self) -> Explanation:
        """What the product says."""
        drawn, world = self.drawn, self.drawn.world
        history = {
            key: [Change(microseconds(at), roaring_bytes(entered), roaring_bytes(left)) for at, entered, left in past]
            for key, past in world.history.items()
        }
        published = {key: roaring_bytes(found) for key, found in world.published.items() if found}
        question = Question(
            self.key,
            world.audiences,
            world.as_of,
            world.zone,
            self.plan_at,
            {key: (f"run-of-{key}", world.as_of) for key in world.published},
            {key: [(change.as_of, f"run-{change.as_of}") for change in past] for key, past in history.items()},
        )
        reader = TableReader(
            drawn.people, drawn.events, published, history, words=drawn.consents, relations=drawn.relations
        )
        return explain_person(question, reader, self.ordinal)

    def plan_at(self, as_of: datetime) -> SitePlan:
        world = self.drawn.world
        return compile_site(
            world.audiences,
            site=SITE,
            zone=world.zone,
            as_of=as_of,
            built=set(world.audiences),
            published=set(world.published) - set(world.audiences),
            absent=world.absent,
            lists=world.lists,
            outlined={self.key},
        )

    def truths(self, world: World) -> list[bool | None]:
        """Of the audience, every node of its rule, and every excluded audience, as they are written."""
        found = members(world, self.key)
        excluded = [tree.AudienceNode(key) for key in self.definition.exclude]
        nodes = [*tree.walk(world.audiences[self.key].rule), *excluded]
        root = None if found is None else self.ordinal in found
        return [root, *(holds(world, node, self.ordinal) for node in nodes)]

    def names_a_failure(self, world: World) -> bool:
        """Whether a rule asks who entered an audience that cannot be computed."""
        rules = [audience.rule for audience in world.audiences.values()]
        asked_of = [node for rule in rules for node in tree.walk(rule) if isinstance(node, tree.AudienceNode)]
        named = {node.audience for node in asked_of if node.entered is not None} & world.audiences.keys()
        return any(members(world, key) is None for key in named)

    def later(self, as_of: datetime) -> World:
        """The world at a later instant if nothing happens but that what holds now is published."""
        world = self.world
        published, history = dict(world.published), {key: list(entries) for key, entries in world.history.items()}
        for key in world.audiences:
            found = members(world, key)
            if found is not None:
                before = published.get(key, frozenset())
                if found != before:
                    history.setdefault(key, []).append((world.as_of, found - before, before - found))
                published[key] = found
        audiences = {
            key: replace(audience, rule=self._pinned(audience.rule)) for key, audience in world.audiences.items()
        }
        lists = {**world.lists, _ALWAYS: frozenset({str(world.people[self.ordinal]["person_id"])}), _NEVER: frozenset()}
        return replace(
            world,
            as_of=as_of,
            audiences=audiences,
            published=published,
            history=history,
            lists=lists,
            found={},
        )

    def _pinned(self, node: tree.Node) -> tree.Node:
        """A rule in which relations stay as true as they are now."""
        if isinstance(node, tree.Group | tree.NOf):
            return replace(node, children=tuple(self._pinned(child) for child in node.children))
        if not isinstance(node, tree.RelatedNode):
            return node
        truth = holds(self.world, node, self.ordinal)
        return node if truth is None else tree.ListNode(_ALWAYS if truth else _NEVER)

    def probes(self, random: Random) -> list[datetime]:
        """Instants after as_of at which something is likely to change, and any others; in no order."""
        world = self.world
        person = world.people[self.ordinal]
        marks = [row["at"] for rows in world.events.values() for row in rows]
        marks += [value for value in person.values() if isinstance(value, datetime)]
        marks += [at for entries in world.history.values() for at, _, _ in entries]
        near = [mark + duration for mark in marks for duration in [timedelta(), *_DURATIONS]]
        today = world.today
        near += [first_instant(today + timedelta(days=random.randrange(1, 420)), world.zone) for _ in range(20)]
        near += [first_instant(today + timedelta(days=n), world.zone) for n in (1, 2, 7, 8, 14, 30, 31)]
        near += [world.as_of + random.random() * HORIZON for _ in range(10)]
        instants = {at + shift * MICROSECOND for at in near for shift in (0, 1)}
        return [at for at in instants if world.as_of < at <= world.as_of + HORIZON]


def asked(seed: int, *, n_people: int, n_events: int, kind: type[Draw] = Draw) -> Asked:
    """A random audience of a random person."""
    random = Random(seed)
    drawn = case(random, n_people=n_people, n_events=n_events, n_audiences=4, kind=kind)
    ordinal = random.choice(sorted(drawn.world.people))
    return Asked(drawn, random.choice(sorted(drawn.world.audiences)), ordinal, _alone(drawn.world, ordinal))


def _alone(world: World, ordinal: int) -> World:
    def mine(people: frozenset[int]) -> frozenset[int]:
        return people & {ordinal}

    events: Mapping[str, Sequence[Mapping[str, object]]] = {
        event: [row for row in rows if row["ordinal"] == ordinal and row["at"] < world.as_of]
        for event, rows in world.events.items()
    }
    return replace(
        world,
        people={ordinal: world.people[ordinal]},
        events=events,
        consents=[word for word in world.consents if word["at"] < world.as_of],
        published={key: mine(found) for key, found in world.published.items()},
        history={
            key: [(at, mine(entered), mine(left)) for at, entered, left in past if at <= world.as_of]
            for key, past in world.history.items()
        },
        found={},
    )


def flat(row: Explanation) -> list[Explanation]:
    """A row and all below it, in the order they are written."""
    children = row["children"]
    assert isinstance(children, list)
    return [row, *(below for child in children for below in flat(child))]
