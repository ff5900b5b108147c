"""Features equal SQL over the same rows, see nothing at or after as_of, and are frozen by their schema."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from plateia.rules.windows import microseconds
from plateia.tables import INSTANT
from tests.unit.features.company import AS_OF, Tables, company
from transforms.audience.atoms import WhereGroup, WhereTest
from transforms.audience.leaves.conditions import Texts, TextTest
from transforms.features.block import matrix_block, tally_block
from transforms.features.plan import Feature, FeaturePlan
from transforms.features.schema import FrozenSchema, add_tallies, freeze

NORTH = WhereTest("shop", Texts((TextTest("in", ("north",)),)))
NOT_NORTH = WhereGroup("none", (NORTH,))
NOW = microseconds(AS_OF)
MONTH_AGO = microseconds(AS_OF - timedelta(days=30))

PARTS = (
    Feature("orders", "count", event="buy", end_us=NOW),
    Feature("north", "count", event="buy", where=NORTH, start_us=MONTH_AGO, end_us=NOW),
    Feature("elsewhere", "count", event="buy", where=NOT_NORTH, end_us=NOW),
    Feature("spend", "sum", "log1p", event="buy", of="amount", end_us=NOW),
    Feature("pieces", "sum", event="buy", of="pieces", end_us=NOW, start_us=MONTH_AGO),
    Feature("items", "distinct", "bucket", event="buy", of="item", end_us=NOW),
    Feature("days", "days", event="buy", end_us=NOW),
    Feature("quiet", "recency", event="buy", where=NORTH, start_us=MONTH_AGO, end_us=NOW),
    Feature("shop_spend", "sum", "zscore", event="buy", of="amount", per="shop", end_us=NOW, min_people=1),
    Feature("item_orders", "count", event="buy", per="item", start_us=MONTH_AGO, end_us=NOW, min_people=15),
    Feature("chosen", "count", event="buy", per="shop", values=("söuth", "moon"), end_us=NOW),
    Feature("tier", "one_hot", trait="tier", min_people=40),
    Feature("age", "trait", trait="age"),
    Feature("score", "trait", "zscore", trait="score"),
)
PLAN = FeaturePlan("demo", "mla", "America/Argentina/Buenos_Aires", NOW, PARTS)

MONTH = 'e."at" >= as_of - interval 30 day'
SPEND = "sum(case when not isnan(amount) then amount end)"
SQL = {  # column -> (number of a person's events, by plain SQL; filter)
    "activity": ("count(*)", "true"),
    "orders": ("count(*)", "true"),
    "north": ("count(*)", f"shop = 'north' and {MONTH}"),
    "elsewhere": ("count(*)", "coalesce(shop, '') <> 'north'"),
    "spend": (f"sign({SPEND}) * ln(1 + abs({SPEND}))", "true"),
    "pieces": ("sum(pieces)", MONTH),
    "items": ("floor(log2(1 + count(distinct item)))", "true"),
    "days": ('count(distinct ((e."at" - interval 3 hour)::date))', "true"),
    "quiet": ('epoch(max(as_of) - max(e."at")) / 86400.0', f"shop = 'north' and {MONTH}"),
    "chosen[söuth]": ("count(*)", "shop = 'söuth'"),
    "item_orders[3]": ("count(*)", f"item = '3' and {MONTH}"),
}


def _frozen(tables: Tables, plan: FeaturePlan = PLAN) -> FrozenSchema:
    people, tallies = tally_block(plan, tables)
    return freeze("demo", plan.parts, add_tallies(tallies), people=people)


def _oracle(tables: Tables, number: str, matching: str) -> dict[int, float]:
    """By ordinal of each alive person: the number, 0 where nothing matches."""
    buys = tables.buys.set_column(1, "at", tables.buys["at"].cast(pa.timestamp("us")))
    with duckdb.connect() as db:
        db.register("people", tables.everyone)
        db.register("buys", buys)
        rows = db.execute(
            f"""
            with e as (select *, ?::timestamp as as_of from buys where "at" < ?::timestamp)
            select p.ordinal, n from people p left join
            (select ordinal, {number} as n from e where {matching} group by ordinal) using (ordinal)
            where p.alive
            """,
            [AS_OF.replace(tzinfo=None)] * 2,
        ).fetchall()
    return {ordinal: 0.0 if n is None else float(n) for ordinal, n in rows}


@pytest.mark.parametrize("column", SQL)
def test_columns_equal_sql(column: str) -> None:
    tables = company()
    schema = _frozen(tables)
    ordinals, matrix = matrix_block(PLAN, schema, tables)
    expected = _oracle(tables, *SQL[column])
    assert ordinals.tolist() == sorted(expected)
    found = dict(zip(ordinals.tolist(), matrix[:, _place(schema, column)].tolist(), strict=True))
    if column == "quiet":  # nobody's recency is missing: who never came is as far away as the longest absence
        longest = max(expected.values())
        expected = {ordinal: days or longest for ordinal, days in expected.items()}
    exact = column not in ("spend", "quiet")  # the others go through a logarithm or a division
    assert found == (expected if exact else pytest.approx(expected, rel=1e-6, abs=1e-6))


def test_zscores_and_traits_equal_numpy() -> None:
    tables = company()
    schema = _frozen(tables)
    _, matrix = matrix_block(PLAN, schema, tables)
    spend = _oracle(tables, SPEND, "shop = 'east'")
    raw = np.array([spend[ordinal] for ordinal in sorted(spend)])
    np.testing.assert_allclose(matrix[:, _place(schema, "shop_spend[east]")], (raw - raw.mean()) / raw.std(), atol=1e-5)
    alive = tables.everyone.filter(tables.everyone["alive"]).to_pandas()
    ages = alive["age"].fillna(alive["age"].mean())
    np.testing.assert_allclose(matrix[:, _place(schema, "age")], ages.to_numpy(), rtol=1e-6)
    scores = alive["score"]
    normal = ((scores - scores.mean()) / scores.std(ddof=0)).fillna(0)
    np.testing.assert_allclose(matrix[:, _place(schema, "score")], normal.to_numpy(), atol=1e-6)
    for tier in ("gold", "silver"):
        is_tier = (alive["tier"] == tier).to_numpy()
        assert (matrix[:, _place(schema, f"tier[{tier}]")] == is_tier).all()


def test_columns_found_are_those_that_enough_people_have() -> None:
    tables = company()
    names = [column.name for column in _frozen(tables).columns]
    with duckdb.connect() as db:
        db.register("people", tables.everyone)
        buys = tables.buys.set_column(1, "at", tables.buys["at"].cast(pa.timestamp("us")))
        db.register("buys", buys)
        items = db.execute(
            """select item from buys join people using (ordinal) where alive and "at" < ?::timestamp
            and "at" >= ?::timestamp group by item having count(distinct ordinal) >= 15 order by item""",
            [AS_OF.replace(tzinfo=None), (AS_OF - timedelta(days=30)).replace(tzinfo=None)],
        ).fetchall()
    assert 3 < len(items) < 57
    assert [name for name in names if name.startswith("item_orders")] == [f"item_orders[{item}]" for (item,) in items]
    assert [name for name in names if name.startswith("shop_spend")] == [
        "shop_spend[east]", "shop_spend[north]", "shop_spend[söuth]",
    ]  # fmt: skip
    assert [name for name in names if name.startswith("chosen")] == ["chosen[söuth]", "chosen[moon]"]  # as named
    assert names[0] == "activity"


def test_nothing_at_or_after_as_of_is_seen() -> None:
    tables = company()
    future = tables.buys.filter(pa.compute.greater_equal(tables.buys["at"], pa.scalar(AS_OF, INSTANT)))
    past = tables.buys.filter(pa.compute.less(tables.buys["at"], pa.scalar(AS_OF, INSTANT)))
    assert future.num_rows > 10
    at_as_of = past.slice(0, 50).set_column(1, "at", pa.array([AS_OF] * 50, INSTANT))
    without = replace(tables, buys=past)
    within = replace(tables, buys=pa.concat_tables([past, at_as_of, future]).unify_dictionaries())
    assert _frozen(without) == _frozen(within)
    first, second = (matrix_block(PLAN, _frozen(without), some)[1] for some in (without, within))
    assert first.tobytes() == second.tobytes()


def test_rows_in_any_order_give_the_same_bytes() -> None:
    tables = company()
    order = np.random.default_rng(1).permutation(tables.buys.num_rows)
    shuffled = Tables(tables.everyone.take(np.arange(tables.everyone.num_rows)[::-1]), tables.buys.take(order))
    schema = _frozen(tables)
    assert _frozen(shuffled).digest == schema.digest
    assert matrix_block(PLAN, schema, shuffled)[1].tobytes() == matrix_block(PLAN, schema, tables)[1].tobytes()


def test_tallies_of_blocks_add_up_to_those_of_the_whole() -> None:
    one, other = company(1, block=0), company(2, block=1)
    both = [tally_block(PLAN, tables) for tables in (one, other)]
    added = {(t.feature, t.value): t for t in add_tallies([t for _, tallies in both for t in tallies])}
    for (index, value), tally in added.items():
        parts = [t for _, tallies in both for t in tallies if (t.feature, t.value) == (index, value)]
        assert tally.people == sum(part.people for part in parts)
        assert tally.total == pytest.approx(sum(part.total for part in parts))
        assert tally.largest == max(part.largest for part in parts)


def test_a_frozen_schema_survives_text_and_fits_other_people() -> None:
    schema = _frozen(company())
    again = FrozenSchema.parse(schema.text)
    assert (again, again.digest) == (schema, schema.digest)
    ordinals, matrix = matrix_block(PLAN, again, company(9))
    assert matrix.shape == (len(ordinals), len(schema.columns)) and np.isfinite(matrix).all()


@pytest.mark.parametrize("missing", ["nobody", "no events", "no such event"])
def test_empty_inputs(missing: str) -> None:
    tables = company()
    schema = _frozen(tables)
    plan = PLAN
    if missing == "nobody":
        tables = replace(tables, everyone=tables.everyone.slice(0, 0))
    elif missing == "no events":
        tables = replace(tables, buys=tables.buys.slice(0, 0))
    else:
        plan = replace(PLAN, parts=tuple(replace(p, event="sell") if p.event else p for p in PARTS))
    ordinals, matrix = matrix_block(plan, schema, tables)
    assert len(ordinals) == (0 if missing == "nobody" else int(pa.compute.sum(tables.everyone["alive"]).as_py()))
    assert not matrix[:, _place(schema, "orders")].any() and np.isfinite(matrix).all()
    assert _frozen(tables, plan).columns[0].name == "activity"


def _place(schema: FrozenSchema, name: str) -> int:
    names: Sequence[str] = [column.name for column in schema.columns]
    return names.index(name)


def test_sorting_gives_what_counting_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = company()
    schema = _frozen(tables)
    counted = matrix_block(PLAN, schema, tables)[1]
    monkeypatch.setattr("transforms.features.measures._COUNTED_KEYS", 0)  # as with keys too many to count in place
    assert matrix_block(PLAN, schema, tables)[1].tobytes() == counted.tobytes()
