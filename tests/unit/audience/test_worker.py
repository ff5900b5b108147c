"""One block: isolation of failures, who is alive, costs, and what is said of changes."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from pyroaring import BitMap

from plateia.rules import tree
from plateia.tables import BLOCK_SIZE
from tests.unit.audience.table_reader import AS_OF, DOUBLE, LONG, TableReader, audience, compiled, count, people, trait
from transforms.audience.worker import CHANGES, MEMBERS, BlockOutcome, evaluate_block

GOLD = trait("tier", "gold")


def bought(people_of: list[int], amounts: list[float]) -> pa.Table:
    times = [AS_OF.replace(month=12, year=2017, day=1)] * len(people_of)
    return pa.table(
        {
            "ordinal": pa.array(people_of, pa.int32()),
            "at": pa.array(times, pa.timestamp("us", tz="UTC")),
            "amount": pa.array(amounts, pa.float64()),
        }
    )


def spent(at_least: str) -> tree.EventNode:
    condition = tree.Condition((tree.Test("gte", Decimal(at_least)),))
    return tree.EventNode("buy", tree.Measure("sum", condition, "amount", DOUBLE))


def members(outcome: BlockOutcome) -> dict[str, list[int]]:
    return {row["audience"]: list(BitMap.deserialize(row["members"])) for row in outcome.members.to_pylist()}


def tiers(*values: str | None) -> pa.Table:
    return people(len(values), tier=pa.array(values, pa.string()))


def test_one_failing_leaf_fails_its_audiences_and_their_referrers_only() -> None:
    plan = compiled(
        [
            audience("rich", spent("10")),
            audience("also-rich", tree.Group("any", (GOLD, spent("20")))),
            audience("not-rich", tree.Group("none", (tree.AudienceNode("rich"),))),
            audience("gold", GOLD),
            audience("buyers", count("buy")),
            audience("typo", trait("colour", "red")),
        ]
    )
    reader = TableReader(tiers("gold", None, "iron"), {"buy": bought([0, 0, 2], [9e12, 9e12, 1.0])})
    outcome = evaluate_block(plan, reader, block=0)
    overflow = "the sum of `amount` over `buy`: a sum lies beyond 9.2 · 10^12, more than exact sums of doubles can hold"
    assert outcome.failures == {
        "rich": overflow,
        "also-rich": overflow,
        "not-rich": "refers to `rich`, which failed",
        "typo": "the trait `colour`: the people of this site have no trait `colour` yet: run refresh-warehouse",
    }
    assert members(outcome) == {"gold": [0], "buyers": [0, 2]}


@pytest.mark.parametrize(
    ("column", "node"),
    [
        pytest.param(pa.array(["1", "2"], pa.string()), trait("age", 1, LONG), id="text where a long was declared"),
        pytest.param(pa.array([1, 2], pa.int64()), trait("age", "1"), id="long where a text was declared"),
    ],
)
def test_a_table_of_another_type_fails_the_audience(column: pa.Array, node: tree.TraitNode) -> None:
    outcome = evaluate_block(compiled([audience("a", node)]), TableReader(people(2, age=column)), block=0)
    assert "another type than the rule was written for" in outcome.failures["a"]


def test_failures_quote_no_values() -> None:
    node = tree.TraitNode("tier", GOLD.type, tree.Condition((tree.Test("matches", "("),)))
    outcome = evaluate_block(compiled([audience("a", node)]), TableReader(tiers("secret-person")), block=0)
    assert outcome.failures == {"a": "the trait `tier`: its pattern is not one of RE2"}


def test_only_the_living_of_the_block_are_members() -> None:
    table = tiers("gold", None, "gold").set_column(1, "alive", pa.array([False, True, True]))
    everyone = audience("everyone", tree.Group("none", (trait("tier", "iron"),)))
    reader = TableReader(table, {"buy": bought([0, 1, 5, BLOCK_SIZE], [1.0] * 4)})
    outcome = evaluate_block(compiled([everyone, audience("buyers", count("buy"))]), reader, block=0)
    assert members(outcome) == {"everyone": [1, 2], "buyers": [1]}
    assert outcome.n_people == 2


def test_people_of_another_block_are_an_error_of_the_task() -> None:
    with pytest.raises(ValueError, match="block 1"):
        evaluate_block(compiled([audience("a", GOLD)]), TableReader(tiers("gold")), block=1)


def test_a_block_without_people_has_no_rows() -> None:
    published = {"gold": BitMap([7]).serialize()}
    outcome = evaluate_block(compiled([audience("gold", GOLD)]), TableReader(tiers(), {}, published), block=0)
    assert outcome.members.num_rows == 0
    assert [row["n_left"] for row in outcome.changes.to_pylist()] == [1]
    assert (outcome.members.schema, outcome.changes.schema) == (MEMBERS, CHANGES)


def test_changes_are_against_what_is_published() -> None:
    published = {"gold": BitMap([1, 2]).serialize(), "iron": BitMap([3]).serialize()}
    plan = compiled([audience("gold", GOLD), audience("iron", trait("tier", "iron")), audience("new", count("buy"))])
    reader = TableReader(tiers("gold", "gold", None, "iron"), {"buy": bought([1], [1.0])}, published)
    rows = {row["audience"]: row for row in evaluate_block(plan, reader, block=0).changes.to_pylist()}
    assert rows.keys() == {"gold", "new"}  # iron is as it was
    assert list(BitMap.deserialize(rows["gold"]["entered"])) == [0]
    assert list(BitMap.deserialize(rows["gold"]["left"])) == [2]
    assert (rows["new"]["n_entered"], rows["new"]["n_left"]) == (1, 0)


def test_published_members_that_cannot_be_read_fail_that_audience() -> None:
    plan = compiled([audience("gold", GOLD), audience("iron", trait("tier", "iron"))])
    outcome = evaluate_block(plan, TableReader(tiers("gold", "iron"), {}, {"gold": b"broken"}), block=0)
    assert outcome.failures.keys() == {"gold"}
    assert members(outcome) == {"iron": [1]}


def test_costs_are_split_over_users_and_lose_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(10_000))
    wall: list[float] = []
    monkeypatch.setattr("transforms.audience.meter.time.perf_counter", lambda: wall.append(next(ticks)) or wall[-1])
    monkeypatch.setattr("transforms.audience.meter.time.thread_time", lambda: wall[-1] / 2 if wall else 0.0)
    plan = compiled([audience("a", GOLD), audience("b", tree.Group("any", (GOLD, count("buy")))), audience("c", GOLD)])
    reader = TableReader(tiers("gold"), {"buy": bought([0], [1.0])})
    outcome = evaluate_block(plan, reader, block=0)
    assert outcome.core_ms.sum() == pytest.approx((wall[-2] - wall[0]) / 2 * 1_000.0)  # the last one only scales
    cost = dict(zip(plan.keys, outcome.core_ms.tolist(), strict=True))
    assert cost["b"] > cost["a"]


def test_rows_of_several_thousand_people_are_ordered_by_audience() -> None:
    rng = np.random.default_rng(1)
    values = rng.choice(np.array(["gold", "iron", "tin"]), 5_000)
    rules = [audience(key, trait("tier", tier)) for key, tier in [("zz", "gold"), ("aa", "iron"), ("mm", "tin")]]
    outcome = evaluate_block(compiled(rules), TableReader(tiers(*values.tolist())), block=0)
    assert outcome.members["audience"].to_pylist() == ["aa", "mm", "zz"]
    assert members(outcome)["mm"] == np.flatnonzero(values == "tin").tolist()
