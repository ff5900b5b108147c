"""Compiling: what is shared, what is refused by name, and what a reference means."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from decimal import Decimal

import pytest

from plateia.catalogue import ValueType
from plateia.rules import tree
from tests.unit.audience.table_reader import LONG, audience, compiled, count, trait
from transforms.audience.atoms import AliveLeaf, NobodyLeaf, PublishedLeaf

GOLD, OLD = trait("tier", "gold"), trait("age", 60, LONG, "gte")
WEEK = tree.Last(tree.Duration(7, "d"))


def group(op: str, *children: tree.Node) -> tree.Group:
    return tree.Group(op, children)  # type: ignore[arg-type]


def test_equal_conditions_are_one_leaf_and_equal_subtrees_one_node() -> None:
    older = trait("age", 59, LONG, "gt")
    plan = compiled(
        [
            audience("a", group("any", group("all", GOLD, OLD), count("buy"))),
            audience("b", group("none", group("all", older, GOLD, GOLD))),
        ]
    )
    assert len(plan.leaves) == 4  # gold, old, bought, alive
    assert len(plan.ops) == 5  # gold and old; that or bought; not that; each among the living
    assert plan.leaf_counts == (3, 2)


def test_any_of_ten_thousand_values_is_one_leaf() -> None:
    ages = [trait("age", age, LONG) for age in range(0, 20_000, 2)]
    tiers = [trait("tier", f"tier {number}") for number in range(10_000)]
    plan = compiled([audience("a", group("any", *ages, OLD, *tiers)), audience("b", group("none", *tiers))])
    assert len(plan.leaves) == 3  # an age, a tier, alive
    assert plan.leaf_counts == (2, 1)


def test_a_few_values_are_leaves_that_others_may_share() -> None:
    few = [trait("age", age, LONG) for age in range(3)]
    assert len(compiled([audience("a", group("any", *few))]).leaves) == 4


def test_windows_that_resolve_alike_are_one_leaf() -> None:
    plan = compiled(
        [audience("a", count("buy", 1, WEEK)), audience("b", count("buy", 1, tree.Last(tree.Duration(1, "w"))))]
    )
    assert len(plan.leaves) == 2
    assert plan.outputs[0] == plan.outputs[1]


def test_the_same_definitions_give_the_same_plan_in_any_order() -> None:
    rules = [audience("a", GOLD), audience("b", group("any", tree.AudienceNode("a"), OLD)), audience("c", count("buy"))]
    one, other = compiled(rules), compiled(rules[::-1])
    assert pickle.dumps(one) == pickle.dumps(other)


def test_order_is_topological_and_a_reference_is_the_other_ones_output() -> None:
    plan = compiled([audience("a", tree.AudienceNode("b")), audience("b", GOLD)])
    assert plan.keys == ("b", "a")
    assert plan.references == {"a": ("b",), "b": ()}
    arguments = {node: found for node, _, _, found in plan.inner_nodes()}
    assert plan.outputs[0] in arguments[plan.outputs[1]]


def test_a_score_that_is_not_published_fails_by_name() -> None:
    plan = compiled([audience("a", group("any", GOLD, tree.ScoreNode("likely", top=Decimal("0.1"))))])
    reason = "the score `likely` is not published on this site: run `plateia score-lookalikes` (rule.any[1])"
    assert plan.failed == {"a": reason}


def test_who_refers_to_a_failed_audience_fails_by_name_and_the_others_are_built() -> None:
    score = tree.ScoreNode("likely", top=Decimal("0.1"))
    plan = compiled(
        [
            audience("a", score),
            audience("b", group("any", GOLD, tree.AudienceNode("a"))),
            audience("c", GOLD, exclude=("b",)),
            audience("d", GOLD),
        ]
    )
    assert plan.keys == ("d",)
    assert plan.failed["b"] == "refers to `a`, which failed (rule.any[1])"
    assert plan.failed["c"] == "refers to `b`, which failed (exclude[0])"
    assert len(plan.leaves) == 2  # what failed left nothing behind


def elsewhere(key: str) -> tree.Audience:
    return tree.Audience(key, key, "test", ("mla",), GOLD, "0" * 64, audience("x", GOLD).where)


@pytest.mark.parametrize(
    ("options", "leaf"),
    [
        pytest.param({"published": {"b"}, "built": {"a"}}, PublishedLeaf("b"), id="not built: as published"),
        pytest.param({"absent": {"b"}}, NobodyLeaf(), id="known not to run here: nobody"),
    ],
)
def test_references_to_what_is_not_built(options: dict[str, object], leaf: object) -> None:
    plan = compiled([audience("a", tree.AudienceNode("b"))], **options)
    assert set(plan.leaves) == {AliveLeaf(), leaf}


def test_an_audience_that_does_not_run_on_this_site_is_nobody_even_if_it_was_published() -> None:
    plan = compiled([audience("a", tree.AudienceNode("b")), elsewhere("b")], published={"b"})
    assert plan.keys == ("a",)
    assert set(plan.leaves) == {AliveLeaf(), NobodyLeaf()}


def test_a_reference_to_nothing_that_can_be_read_fails_rather_than_being_empty() -> None:
    plan = compiled([audience("a", GOLD, exclude=("b",)), audience("b", GOLD)], built={"a"})
    assert plan.failed == {
        "a": "refers to `b`, which is neither built in this run nor published on this site (exclude[0])"
    }


def test_a_circle_fails_and_who_refers_to_it_too() -> None:
    plan = compiled(
        [
            audience("a", tree.AudienceNode("b")),
            audience("b", tree.AudienceNode("a")),
            audience("c", tree.AudienceNode("a")),
        ]
    )
    assert plan.keys == ()
    assert "→" in plan.failed["a"]
    assert plan.failed["c"] == "refers to `a`, which failed (rule)"


def test_a_list_that_was_not_read_fails() -> None:
    plan = compiled(
        [audience("a", tree.ListNode("ids.csv")), audience("b", tree.ListNode("x.csv"))], lists={"x.csv": {"p1"}}
    )
    assert plan.failed == {"a": "the list of rule could not be read"}
    assert plan.lists["x.csv"].to_pylist() == ["p1"]


def test_operators_that_do_not_fit_a_type_are_refused_by_name() -> None:
    instant = ValueType("timestamp")
    rule = tree.TraitNode("seen", instant, tree.Condition((tree.Test("anniversary_in", WEEK),)))
    assert compiled([audience("a", rule)]).failed == {"a": "the engine cannot evaluate `anniversary_in` yet (rule)"}


def _chain(n: int) -> list[tree.Audience]:
    return [audience("a-0", GOLD), *(audience(f"a-{i}", tree.AudienceNode(f"a-{i - 1}")) for i in range(1, n))]


@pytest.mark.parametrize("make", [_chain], ids=["each refers to the one before"])
def test_long_chains_compile(make: Callable[[int], list[tree.Audience]]) -> None:
    assert len(compiled(make(3_000)).keys) == 3_000
