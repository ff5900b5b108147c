"""What the lint is certain of is so for every person of every random world, by the naive evaluator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plateia.catalogue import Attribute, Catalogue, EventType, ValueType
from plateia.rules import tree
from plateia.rules.lint import RULES
from plateia.rules.lint.findings import View
from plateia.rules.lint.judged import Judged, judged
from plateia.rules.lint.leaves.reader import LeafReader
from plateia.rules.lint.screening.screen import telling
from tests.properties.engine_cases import EVENTS, SITE, TRAITS, Draw, case
from tests.properties.naive import TooLargeError, World, is_true

_RULES = 12  # a world


def _attributes(kinds: dict[str, ValueType]) -> dict[str, Attribute]:
    return {name: Attribute(name, kind) for name, kind in kinds.items()}


CATALOGUE = Catalogue(
    sites={SITE: "UTC"},
    traits=_attributes(TRAITS),
    events={event: EventType(event, _attributes(kinds)) for event, kinds in EVENTS.items()},
)


_OPPOSITES = {"eq": "ne", "in": "not_in", "lt": "gte", "lte": "gt", "any_of": "none_of"}
_OPPOSITES |= {theirs: mine for mine, theirs in _OPPOSITES.items()}


class Repetitive(Draw):
    """Draws the same few leaves again and again, so that they exclude each other or leave nobody out."""

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self._leaves: list[tree.Node] = []

    def node(self, others: list[str], lists: list[str], depth: int = 4) -> tree.Node:
        random = self.random
        if depth and random.random() < 0.6:
            children = tuple(self.node(others, lists, depth - 1) for _ in range(random.choice([1, 2, 2, 3])))
            if random.random() < 0.15:
                return tree.NOf(random.randint(1, len(children)), children)
            return tree.Group(random.choice(["all", "all", "any", "none", "none", "xor"]), children)
        if len(self._leaves) < 3 or random.random() < 0.05:
            self._leaves.append(super().node(others, lists, 0))
        leaf = random.choice(self._leaves)
        if random.random() < 0.5:
            pair = (leaf, self._varied(leaf))
            return tree.Group(random.choice(["all", "any"]), pair)
        return leaf

    def _varied(self, leaf: tree.Node) -> tree.Node:
        """Another condition on the same trait, events or steps, often the opposite one."""
        if isinstance(leaf, tree.TraitNode):
            return replace(leaf, condition=self._other(leaf.condition, leaf.type))
        if isinstance(leaf, tree.RelatedNode) and leaf.measure and leaf.measure.condition:
            return replace(leaf, measure=replace(leaf.measure, condition=self._other(leaf.measure.condition, None)))
        if isinstance(leaf, tree.EventNode) and leaf.measure.condition and self.random.random() < 0.4:
            condition = self._other(leaf.measure.condition, None)
            return replace(leaf, measure=replace(leaf.measure, condition=condition))
        if isinstance(leaf, tree.EventNode):
            measure = self.measure(EVENTS.get(leaf.event, {}))
            window = self.random.choice([leaf.window, self.window()])
            return replace(leaf, measure=measure, window=None if measure.window else window)
        if isinstance(leaf, tree.SequenceNode):
            times = [step.after_min for step in leaf.steps if step.after_min]
            return replace(leaf, within=self.random.choice([*times, None]))
        return leaf

    def _other(self, condition: tree.Condition, kind: ValueType | None) -> tree.Condition:
        (test, *more) = condition.tests
        if kind is not None and (more or self.random.random() < 0.5):
            return self.condition(kind)
        if test.op == "missing":
            return tree.Condition((tree.Test("missing", not test.value),))
        other = tree.Test(_OPPOSITES.get(test.op, test.op), test.value)
        return replace(condition, tests=(other, *more))


def _nodes(found: Judged) -> Iterator[Judged]:
    yield found
    for child in found.children:
        yield from _nodes(child)


def _truths(world: World, node: tree.Node) -> list[bool]:
    """Whether a node is true of each person alive whose sums are not too large."""
    found = []
    for ordinal, person in world.people.items():
        if person["alive"]:
            try:
                found.append(is_true(world, node, ordinal))
            except TooLargeError:
                continue
    return found


def _check(seed: int, n_people: int, n_events: int, kind: type[Draw]) -> Counter[str]:
    """Judge the random rules of a world, every node of each, and count what was certain."""
    world = case(Random(seed), n_people=n_people, n_events=n_events, n_audiences=_RULES, kind=kind).world
    reader = LeafReader(CATALOGUE, world.today)
    certain: Counter[str] = Counter()
    for key, audience in world.audiences.items():
        view = View(audience, judged(audience.rule, reader), reader)
        for found in _nodes(view.root):
            if found.claim.is_decided:
                assert not (found.claim.is_never and found.claim.is_always), found.node
                truths = _truths(world, found.node)
                assert truths == [found.claim.is_always] * len(truths), (key, found.node, world.as_of)
                certain["always" if found.claim.is_always else "never"] += 1
        if view.emptied_by is not None:
            excluded = tree.AudienceNode(audience.exclude[view.emptied_by])
            left = tree.Group("all", (audience.rule, tree.Group("none", (excluded,))))
            assert not any(_truths(world, left))
            certain["emptied"] += 1
        assert bool(view.causes) >= view.root.claim.is_decided, audience.rule
        # Leaves that cannot tell anything are not looked at, and that is not missed.
        leaves = telling(audience.rule, audience.exclude, CATALOGUE, world.today)
        quick = View(audience, judged(audience.rule, reader, leaves), reader)
        assert [list(rule(quick)) for rule in RULES] == [list(rule(view)) for rule in RULES]
        certain["plain"] += not leaves
    return certain


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**63), n_people=st.integers(1, 30), n_events=st.integers(0, 60))
def test_what_is_certain_is_so(seed: int, n_people: int, n_events: int) -> None:
    _check(seed, n_people, n_events, Repetitive)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**63), n_people=st.integers(1, 30), n_events=st.integers(0, 60))
def test_what_is_certain_of_the_engines_rules_is_so(seed: int, n_people: int, n_events: int) -> None:
    _check(seed, n_people, n_events, Draw)


def test_random_rules_give_it_something_to_be_certain_of() -> None:
    certain = sum((_check(seed, 5, 10, Repetitive) for seed in range(40)), Counter())
    assert min(certain["never"], certain["always"]) > 40
    assert sum((_check(seed, 5, 10, Draw) for seed in range(20)), Counter())["plain"] > 20


@pytest.mark.nightly
@settings(max_examples=3_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**63), n_people=st.integers(1, 30), n_events=st.integers(0, 60))
def test_what_is_certain_is_so_many_times(seed: int, n_people: int, n_events: int) -> None:
    _check(seed, n_people, n_events, Repetitive)
