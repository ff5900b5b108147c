"""Daily totals change nothing: kept from run to run, made stale by late and deleted events, or made anew."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plateia.rules import tree
from tests.properties.engine_cases import EVENTS, Case, Draw, case
from tests.properties.memory_totals import MemoryTotals
from tests.properties.test_engine import NarrowReader, assert_same, plan_of
from tests.unit.audience.table_reader import AS_OF, DOUBLE, TableReader, audience, compiled, people
from transforms.audience.limits import Limits
from transforms.audience.worker import BlockOutcome, evaluate_block

# Every window with a whole day is answered from totals, whatever it costs; some examples in tiny parts besides.
ALWAYS = Limits(totals_days=1, totals_from_rows=0, rows_a_total=0, rows_a_piece=0)
TIGHT = replace(ALWAYS, leaf_bytes=48, event_rows=12, state_bytes=1, totals_bytes=1)


class Counting(Draw):
    """Audiences that count, add and average over windows of many days."""

    def node(self, others: object, lists: object, depth: int = 1) -> tree.Node:
        random = self.random
        if depth and random.random() < 0.4:
            op = random.choice(["all", "any", "none"])
            return tree.Group(op, tuple(self.node(others, lists, 0) for _ in range(2)))
        event = random.choice(["purchase", "purchase", "visit"])
        where = self.filter(event, 1) if random.random() < 0.6 else None
        return tree.EventNode(event, self.total(event), where, self.window() if random.random() < 0.7 else None)

    def total(self, event: str) -> tree.Measure:
        random = self.random
        kind = random.choice(["count", "days", "sum", "avg"] if event == "purchase" else ["count", "days"])
        if kind in ("count", "days"):
            return tree.Measure(kind, self.condition_on_number([0, 1, 2, 3]))
        name = random.choice(sorted(name for name, kind_of in EVENTS[event].items() if kind_of.is_number))
        return tree.Measure(kind, self.condition(EVENTS[event][name]), name, EVENTS[event][name])


def built(drawn: Case, limits: Limits, store: MemoryTotals | None = None) -> BlockOutcome:
    reader = NarrowReader(drawn.people, drawn.events)
    found = evaluate_block(plan_of(drawn), reader, block=drawn.block, limits=limits, store=store)
    if store is not None:
        store.keep(found.fresh_totals)
    return found


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**63), n_people=st.integers(0, 30), n_events=st.integers(1, 120), tight=st.booleans())
def test_totals_equal_the_full_scan_from_day_to_day(seed: int, n_people: int, n_events: int, *, tight: bool) -> None:
    random = Random(seed)
    drawn = case(random, n_people=n_people, n_events=n_events, n_audiences=8, kind=Counting)
    limits = TIGHT if tight else ALWAYS
    store = MemoryTotals(drawn.events)
    assert_same(built(drawn, limits, store), built(drawn, Limits()))

    drawn = later(drawn)
    store = MemoryTotals(drawn.events, store.kept_rows)
    again = built(drawn, limits, store)
    assert_same(again, built(drawn, Limits()))

    drawn = replace(drawn, events={event: changed(table, random) for event, table in drawn.events.items()})
    store = MemoryTotals(drawn.events, store.kept_rows)
    assert_same(built(drawn, limits, store), built(drawn, Limits()))


def test_totals_are_kept_and_used() -> None:
    drawn = case(Random(3), n_people=30, n_events=120, n_audiences=8, kind=Counting)
    store = MemoryTotals(drawn.events)
    assert built(drawn, ALWAYS, store).fresh_totals
    assert store.loaded == 0
    assert not built(drawn, ALWAYS, store).fresh_totals, "nothing has changed"
    assert store.loaded > 0


def later(drawn: Case) -> Case:
    """The same data a day and some hours later."""
    world = replace(drawn.world, as_of=drawn.world.as_of + timedelta(days=1, hours=5), found={})
    return replace(drawn, world=world)


def changed(table: pa.Table, random: Random) -> pa.Table:
    """Some events deleted, others delivered late: copies that happened at other times."""
    kept = [row for row in table.to_pylist() if random.random() < 0.95]
    late = [
        row | {"at": row["at"] - timedelta(days=random.randrange(40)), "event_id": f"late {row['event_id']}"}
        for row in random.sample(kept, min(3, len(kept)))
    ]
    return pa.Table.from_pylist(kept + late, schema=table.schema)


def test_what_cannot_be_totalled_is_read_from_its_events_alone() -> None:
    """The second month holds a value too large for totals, of someone dead; the first was handed out by then."""
    days = [AS_OF - timedelta(days=50), AS_OF - timedelta(days=49), AS_OF - timedelta(days=5)]
    events = pa.table(
        {
            "ordinal": pa.array([0, 0, 1], pa.int32()),
            "at": pa.array(days, pa.timestamp("us", tz="UTC")),
            "amount": pa.array([1.0, 1.0, math.inf], pa.float64()),
        }
    )
    three = tree.Condition((tree.Test("gte", Decimal(3)),))
    spent = tree.EventNode("buy", tree.Measure("sum", three, "amount", DOUBLE), None, tree.Last(tree.Duration(60, "d")))
    table = people(2).set_column(1, "alive", pa.array([True, False]))
    reader, store = TableReader(table, {"buy": events}), MemoryTotals({"buy": events})
    found = evaluate_block(compiled([audience("a", spent)]), reader, block=0, limits=TIGHT, store=store)
    assert (found.members.num_rows, found.failures) == (0, {}), "two are not three, and the first month counts once"
