"""Rules that mean the same have one canonical form, and the form means what the rule meant."""

from __future__ import annotations

import itertools
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plateia.catalogue import ValueType
from plateia.rules.canonical import canonical
from plateia.rules.tree import Condition, Group, Node, NOf, TraitNode
from plateia.rules.tree import Test as Check
from tests.unit.rules.shop import written

STEADY = settings(deadline=None)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(
            "{trait: city, is: [b, a, b]}", "{trait: city, is: {in: [a, b]}}", id="order and repetition of in"
        ),
        pytest.param("{trait: city, is: [a]}", "{trait: city, is: a}", id="in of one is eq"),
        pytest.param("{trait: city, is: {not_in: [a]}}", "{trait: city, is: {ne: a}}", id="not_in of one is ne"),
        pytest.param("{trait: visits, is: {between: [1, 3]}}", "{trait: visits, is: {lte: 3, gte: 1}}", id="between"),
        pytest.param("{trait: spend, is: 1e2}", "{trait: spend, is: 100.0}", id="spelling of numbers"),
        pytest.param("{trait: spend, is: -0}", "{trait: spend, is: 0}", id="minus zero"),
        pytest.param("{trait: credit, is: 1.50}", "{trait: credit, is: 1.5}", id="trailing zeros"),
        pytest.param(
            "{trait: seen, is: '2018-01-01T00:00:00Z'}", "{trait: seen, is: '2017-12-31T19:00-05:00'}", id="one instant"
        ),
        pytest.param(
            "{trait: visits, is: {missing: false, gte: 2}}", "{trait: visits, is: {gte: 2}}", id="implied by the other"
        ),
        pytest.param(
            "{event: order, window: {last: 4w}}", "{event: order, window: {last: 672h}}", id="equal lengths of time"
        ),
        pytest.param("{event: order, window: {previous: day}}", "{event: order, window: {days: 1}}", id="yesterday"),
        pytest.param("{event: order}", "{event: order, count: {gte: 1}}", id="no measure is at least one"),
        pytest.param(
            "{event: order, where: {product: a, units: 1}}",
            "{event: order, where: {all: [{units: 1}, {all: [{product: a}]}, {units: 1}]}}",
            id="nested filters",
        ),
        pytest.param(
            "{event: order, where: {none: [{product: a}, {units: 1}]}}",
            "{event: order, where: {none: [{any: [{units: 1}, {product: a}]}]}}",
            id="none of any",
        ),
        pytest.param(
            "{all: [{trait: vip, is: true}, {all: [{trait: city, is: a}]}, {trait: vip, is: true}]}",
            "{all: [{trait: city, is: a}, {trait: vip, is: true}]}",
            id="all of all, twice",
        ),
        pytest.param("{any: [{trait: vip, is: true}]}", "{trait: vip, is: true}", id="any of one"),
        pytest.param("{xor: [{trait: vip, is: true}]}", "{trait: vip, is: true}", id="exactly one of one"),
        pytest.param("{none: [{none: [{trait: vip, is: true}]}]}", "{trait: vip, is: true}", id="not not"),
        pytest.param(
            "{n_of: {n: 2, of: [{trait: vip, is: true}, {trait: city, is: a}]}}",
            "{all: [{trait: city, is: a}, {trait: vip, is: true}]}",
            id="all of n",
        ),
        pytest.param(
            "{sequence: [{event: view, as: v}, {event: order, as: o, same: {product: v.product}}]}",
            "{sequence: [{event: view, as: x}, {event: order, same: {product: x.product}}]}",
            id="names of steps",
        ),
    ],
)
def test_the_same_said_otherwise(one: str, other: str, tmp_path: Path) -> None:
    assert canonical(written(one, tmp_path)) == canonical(written(other, tmp_path))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(
            "{xor: [{trait: vip, is: true}, {trait: vip, is: true}]}", "{trait: vip, is: true}", id="xor twice"
        ),
        pytest.param("{trait: city, is: {eq: a, ignore_case: true}}", "{trait: city, is: a}", id="case"),
        pytest.param("{trait: seen, is: '2018-01-01T00:00'}", "{trait: seen, is: '2018-01-01T00:00Z'}", id="naive"),
        pytest.param(
            "{event: order, window: {last: 1d}}", "{event: order, window: {days: 1}}", id="24 hours, yesterday"
        ),
        pytest.param(
            "{sequence: [{event: view}, {event: order}]}",
            "{sequence: [{event: order}, {event: view}]}",
            id="order of steps",
        ),
        pytest.param(
            "{related: [owns, sells]}", "{related: [owns, {relation: sells, where: {price: 1}}]}", id="filter of a hop"
        ),
    ],
)
def test_something_else(one: str, other: str, tmp_path: Path) -> None:
    assert canonical(written(one, tmp_path)) != canonical(written(other, tmp_path))


TRAITS = ("p", "q", "r")
FLAGS = [TraitNode(name, ValueType("boolean"), Condition((Check("eq", True),))) for name in TRAITS]
RULES: st.SearchStrategy[Node] = st.recursive(
    st.sampled_from(FLAGS),
    lambda inner: (
        st.builds(
            Group, st.sampled_from(["all", "any", "none", "xor"]), st.lists(inner, min_size=1, max_size=4).map(tuple)
        )
        | st.builds(
            lambda n, nodes: NOf(min(n, len(nodes)), tuple(nodes)),
            st.integers(1, 4),
            st.lists(inner, min_size=1, max_size=4),
        )
    ),
    max_leaves=12,
)


def holds(node: Node, world: dict[str, bool]) -> bool:
    if isinstance(node, TraitNode):
        return world[node.trait]
    assert isinstance(node, Group | NOf)
    true = sum(holds(child, world) for child in node.children)
    if isinstance(node, NOf):
        return true >= node.n
    return {"all": true == len(node.children), "any": true > 0, "none": true == 0, "xor": true == 1}[node.op]


@STEADY
@given(RULES)
def test_the_canonical_form_means_the_same(rule: Node) -> None:
    form = canonical(rule)
    for values in itertools.product([False, True], repeat=len(TRAITS)):
        world = dict(zip(TRAITS, values, strict=True))
        assert holds(form, world) is holds(rule, world)


@STEADY
@given(RULES, st.randoms(use_true_random=False))
def test_the_order_of_children_does_not_matter(rule: Node, random: Random) -> None:
    def shuffled(node: Node) -> Node:
        if isinstance(node, TraitNode):
            return node
        assert isinstance(node, Group | NOf)
        children = [shuffled(child) for child in node.children]
        random.shuffle(children)
        return Group(node.op, tuple(children)) if isinstance(node, Group) else NOf(node.n, tuple(children))

    assert canonical(shuffled(rule)) == canonical(rule)
