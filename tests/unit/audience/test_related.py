"""Relations: hop by hop to the distinct last rows, what is measured of them, and what cannot be."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pyarrow as pa
import pytest

from plateia.catalogue import ValueType
from plateia.rules import tree
from tests.unit.audience.table_reader import LONG, STRING, TableReader, audience, compiled, people, trait
from tests.unit.audience.test_worker import members
from transforms.audience.related import Related
from transforms.audience.usage import Reading, uses
from transforms.audience.worker import evaluate_block

MONEY = ValueType("decimal", 9, 2)
# ana 0 has two carts that lead to tea, bo 1 one to tea and one that leads nowhere, cy 2 has none, di 3 one to rum.
CARTS = pa.table(
    {
        "ordinal": pa.array([0, 0, 1, 1, 3, 9], pa.int32()),
        "to_key": ["c1", "c2", "c3", "nowhere", "c4", "c1"],
        "shop": ["web", "app", "app", None, "web", "web"],
    }
)
ITEMS = pa.table(
    {
        "from_key": ["c1", "c2", "c3", "c4", "c4", "unreached"],
        "to_key": ["tea", "tea", "tea", "rum", "tea", "gin"],
        "units": pa.array([1, 2, 3, None, 5, 7], pa.int64()),
    }
)
SOLD = pa.table(
    {
        "from_key": ["tea", "tea", "rum", "gin"],
        "to_key": ["acme", "zeta", "acme", "zeta"],
        "price": pa.array([Decimal("1.10"), Decimal("2.20"), None, Decimal("9.90")], pa.decimal128(9, 2)),
        "tier": ["gold", "iron", "gold", "gold"],
    }
)
ALL = {"carts": CARTS, "items": ITEMS, "sold": SOLD}


def reader(**relations: pa.Table) -> TableReader:
    return TableReader(people(4, tier=pa.array(["x"] * 4)), relations={**ALL, **relations})


def where(name: str, op: tree.Op, value: object, kind: ValueType = STRING) -> tree.PropertyTest:
    return tree.PropertyTest(name, kind, tree.Condition((tree.Test(op, value),)))  # type: ignore[arg-type]


def over(
    *hops: str | tree.Hop, kind: str = "count", of: tuple[str, ValueType] | None = None, **tests: object
) -> tree.RelatedNode:
    """A measure over the rows that hops reach: ``over("carts", gte=2)``."""
    way = tuple(tree.Hop(hop) if isinstance(hop, str) else hop for hop in hops)
    condition = tree.Condition(tuple(tree.Test(op, value) for op, value in tests.items()))  # type: ignore[arg-type]
    return tree.RelatedNode(way, tree.Measure(kind, condition, *(of or ())))  # type: ignore[arg-type]


def every(*hops: str, meets: tree.Filter) -> tree.RelatedNode:
    return tree.RelatedNode(tuple(map(tree.Hop, hops)), every=meets)


def found(node: tree.Node, block: TableReader | None = None) -> list[int]:
    outcome = evaluate_block(compiled([audience("a", node)]), block or reader(), block=0)
    assert not outcome.failures
    return members(outcome).get("a", [])


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        pytest.param(over("carts", gte=1), [0, 1, 3], id="one hop, the rows of the person"),
        pytest.param(over("carts", gte=2), [0, 1], id="a row that leads nowhere is a row of its own hop"),
        pytest.param(over("carts", "items", gte=1), [0, 1, 3], id="two hops"),
        pytest.param(over("carts", "items", gte=2), [0, 3], id="and its end reaches no further"),
        pytest.param(over("carts", "items", "sold", gte=1), [0, 1, 3], id="three hops"),
        pytest.param(over("carts", "items", "sold", eq=2), [0, 1], id="a row counts once, whatever the ways to it"),
        pytest.param(over("carts", "items", "sold", eq=3), [3], id="rows of several keys"),
        pytest.param(over("carts", lte=1), [2, 3], id="count of nothing is 0"),
        pytest.param(
            over(tree.Hop("carts", where("shop", "eq", "web")), "items", gte=1), [0, 3], id="the first hop filtered"
        ),
        pytest.param(
            over("carts", tree.Hop("items", where("units", "gte", 2, LONG)), "sold", gte=1), [0, 1, 3],
            id="a hop in the middle filtered",
        ),
        pytest.param(
            over("carts", "items", tree.Hop("sold", where("tier", "eq", "iron")), gte=1), [0, 1, 3],
            id="the last hop filtered",
        ),
        pytest.param(
            over(tree.Hop("carts", where("shop", "ne", "web")), gte=1), [0, 1], id="a missing value meets nothing"
        ),
        pytest.param(over("carts", "items", kind="sum", of=("units", LONG), gte=3), [0, 1, 3], id="sum"),
        pytest.param(over("carts", "items", kind="sum", of=("units", LONG), eq=0), [2], id="sum of nothing is 0"),
        pytest.param(over("carts", "items", kind="avg", of=("units", LONG), eq=1.5), [0], id="avg"),
        pytest.param(over("carts", "items", kind="min", of=("units", LONG), gte=3), [1, 3], id="min skips missing"),
        pytest.param(over("carts", "items", kind="max", of=("units", LONG), missing=True), [2], id="max of nothing"),
        pytest.param(
            over("carts", "items", "sold", kind="sum", of=("price", MONEY), eq=Decimal("3.3")), [0, 1, 3],
            id="a decimal is added once a distinct row",
        ),
        pytest.param(
            over("carts", "items", "sold", kind="distinct", of=("tier", STRING), eq=2), [0, 1, 3], id="distinct"
        ),
        pytest.param(every("carts", meets=where("shop", "eq", "app")), [], id="every: a missing value does not meet"),
        pytest.param(every("carts", "items", meets=where("units", "lte", 3, LONG)), [0, 1], id="every: all rows meet"),
        pytest.param(
            every("carts", meets=where("shop", "in", ("web", "app"))), [0, 3], id="every: nobody without a row"
        ),
        pytest.param(
            every("carts", "items", "sold", meets=where("tier", "in", ("gold", "iron"))), [0, 1, 3],
            id="every: over three hops",
        ),
        pytest.param(
            tree.Group("none", (over("carts", gte=1),)), [2], id="none of them"
        ),
    ],
)  # fmt: skip
def test_related(node: tree.Node, expected: list[int]) -> None:
    assert found(node) == expected


def test_six_hops_and_a_relation_twice() -> None:
    near = pa.table({"from_key": ["acme", "zeta", "far"], "to_key": ["zeta", "far", "away"]})
    way = ("carts", "items", "sold", "near", "near", "near")
    assert found(over(*way[:5], eq=2), reader(near=near)) == [0, 1, 3], "zeta → far, far → away"
    assert found(over(*way, eq=1), reader(near=near)) == [0, 1, 3], "far → away"


def test_a_site_without_rows_has_nobody() -> None:
    empty = {name: table.slice(0, 0) for name, table in ALL.items()}
    for node in (over("carts", gte=1), over("carts", "items", kind="max", of=("units", LONG), gte=0)):
        assert found(node, reader(**empty)) == []
    assert found(over("carts", "items", "sold", kind="sum", of=("price", MONEY), lte=Decimal(0)), reader(**empty)) == [
        0, 1, 2, 3,
    ]  # fmt: skip


def failures(nodes: Sequence[tree.Node], block: TableReader) -> dict[str, str]:
    rules = [audience(f"a-{i}", node) for i, node in enumerate(nodes)]
    outcome = evaluate_block(compiled([*rules, audience("sound", trait("tier", "x"))]), block, block=0)
    assert members(outcome)["sound"] == [0, 1, 2, 3]
    return dict(outcome.failures)


def test_what_no_refresh_has_loaded_fails_only_who_asks() -> None:
    nodes = [
        over("carts", "near", gte=1),
        over("carts", gte=1),
        over("carts", "items", kind="sum", of=("weight", LONG), gte=1),
        over(tree.Hop("carts", where("colour", "eq", "red")), gte=1),
        over("carts", "items", kind="sum", of=("units", MONEY), gte=1),
    ]
    said = failures(nodes, reader())
    assert said == {
        "a-0": "the relation `carts` → `near`: the warehouse has no relation `near` yet: run refresh-warehouse",
        "a-2": "the relation `carts` → `items`: the relation `items` has no property `weight` yet: "
        "run refresh-warehouse",
        "a-3": "the relation `carts`: the relation `carts` has no property `colour` yet: run refresh-warehouse",
        "a-4": "the relation `carts` → `items`: the rows hold `units` in another type than the rule was written for",
    }


def test_a_rule_without_a_bound_fails_by_name_and_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Related, "most_pairs", 2)
    monkeypatch.setattr(Related, "least_people", 1)
    bounded, unbounded = over("carts", gte=2), over("carts", "items", "sold", gte=2)
    assert failures([bounded, unbounded], reader()) == {
        "a-1": "the relation `carts` → `items` → `sold`: 1 of its people reach more than 2 rows: "
        "filter the hops before",
    }


class Counting(TableReader):
    """Notes what is read."""

    reads: list[str]

    def relation(self, relation: str, columns: Sequence[str], keys: pa.Array | None) -> pa.Table | None:
        self.reads.append(f"{relation}({', '.join(columns)})")
        return super().relation(relation, columns, keys)


def test_leaves_with_the_same_hops_share_the_join_and_read_only_what_they_need() -> None:
    block = Counting(people(4), relations=ALL)
    block.reads = []
    rules = [
        over("carts", "items", gte=1),
        over("carts", "items", kind="sum", of=("units", LONG), gte=2),
        over("carts", tree.Hop("items", where("units", "gt", 1, LONG)), "sold", gte=1),
    ]
    evaluate_block(compiled([audience(f"a-{i}", rule) for i, rule in enumerate(rules)]), block, block=0)
    assert block.reads == [
        "carts(ordinal, to_key)",
        "items(from_key, to_key, units)",
        "sold(from_key)",
    ]


def test_a_plan_says_what_a_relation_reads() -> None:
    node = over("carts", tree.Hop("items", where("units", "gt", 1, LONG)), kind="sum", of=("units", LONG), gte=2)
    (use,) = uses(compiled([audience("a", node)], outlined={"a"}), "a")
    assert use.text == "sum of units of carts → items where units is more than 1 is at least 2"
    assert use.readings == (Reading("relation_carts", ("to_key",)), Reading("relation_items", ("units",)))
