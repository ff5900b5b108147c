"""What audiences read and share, by hand."""

from __future__ import annotations

from decimal import Decimal

from plateia.rules import tree
from plateia.rules.windows import microseconds
from tests.unit.audience.table_reader import AS_OF, DOUBLE, STRING, audience, compiled, count, trait
from transforms.audience.usage import Reading, uses

WEEK = tree.Last(tree.Duration(7, "d"))
GOLD, BUYS = trait("tier", "gold"), count("buy", 2, WEEK)
NOW = microseconds(AS_OF)
A_WEEK_AGO = NOW - 7 * 86_400_000_000
ITEM = tree.PropertyTest("item", STRING, tree.Condition((tree.Test("eq", "rum"),)))


def test_leaves_are_counted_through_the_audiences_that_rules_name() -> None:
    plan = compiled(
        [
            audience("a", tree.Group("all", (GOLD, BUYS))),
            audience("b", tree.Group("none", (GOLD,))),
            audience("c", tree.Group("any", (tree.AudienceNode("a"), count("view")))),
            audience("d", count("view"), exclude=("c",)),
        ],
        outlined={"a", "c"},
    )
    of_c = {use.text: (use.shared_with, use.readings) for use in uses(plan, "c")}
    assert of_c == {
        "tier is 'gold'": (3, (Reading("people", ("tier",)),)),
        "buy: at least 2 times in the last 7 days": (2, (Reading("event_buy", (), A_WEEK_AGO, NOW),)),
        "view: at least 1 time": (1, (Reading("event_view", (), None, NOW),)),
    }
    assert [use.shared_with for use in uses(plan, "a")] == [3, 2]


def test_a_sequence_reads_all_its_events_with_what_it_compares() -> None:
    steps = (
        tree.Step("view", name="v"),
        tree.Step("buy", where=ITEM, same=(tree.Binding("item", "v", "page"),)),
        tree.Step("buy", negated=True, quiet_for=tree.Duration(1, "d")),
    )
    plan = compiled(
        [audience("a", tree.SequenceNode(steps, window=tree.Ago(WEEK.duration, tree.Duration(1, "d"))))], outlined={"a"}
    )
    (use,) = uses(plan, "a")
    assert use.shared_with == 0
    assert use.readings == (
        Reading("event_buy", ("event_id", "item"), A_WEEK_AGO, NOW),
        Reading("event_view", ("event_id", "page"), A_WEEK_AGO, NOW),
    )


def test_what_follows_the_rule_reads_too() -> None:
    rank = tree.EventNode("buy", tree.Measure("sum", None, "amount", DOUBLE), None, WEEK)
    split = tree.Split("salt", (("a", Decimal(1)),))
    shaped = audience("a", GOLD, shape=tree.Shape(rank, "desc", 10, "region"), split=split)
    staying = audience("b", GOLD, membership=tree.Membership(min_stay=WEEK.duration))
    plan = compiled([shaped, staying], outlined={"a", "b"})
    assert {use.text: use.readings for use in uses(plan, "a")} == {
        "tier is 'gold'": (Reading("people", ("tier",)),),
        "among the 10 highest by sum of amount of buy in the last 7 days of each region": (
            Reading("people", ("person_id", "region")),
            Reading("event_buy", ("amount",), A_WEEK_AGO, NOW),
        ),
    }
    assert "the part a of the split salt" in {use.text for use in uses(plan, "a/a")}
    assert {reading.table for use in uses(plan, "b") for reading in use.readings} == {
        "people",
        "audience_members",
        "audience_changes",
    }
