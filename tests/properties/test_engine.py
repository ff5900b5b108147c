"""The engine and a naive evaluator agree on every member of random audiences over random people and events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import Random

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from plateia.records import Change
from plateia.rules.windows import microseconds
from tests.properties.engine_cases import SITE, Case, case
from tests.properties.kinds import Connected, Crowded, Long
from tests.properties.naive import members
from tests.unit.audience.table_reader import TableReader
from transforms.audience.compile import compile_site
from transforms.audience.limits import LIMITS, Limits
from transforms.audience.plan import SitePlan
from transforms.audience.related import Related
from transforms.audience.roaring import content_hash
from transforms.audience.worker import BlockOutcome, evaluate_block

_AUDIENCES = 10  # (rule, data) pairs an example
# Everything in tiles, slices and passes: a few leaves, a dozen events and one state at a time.
TIGHT = Limits(leaf_bytes=48, event_rows=12, state_bytes=1)


class NarrowReader(TableReader):
    """Hands out no other events than those asked for, each time with dictionaries of its own."""

    def events(self, event: str, columns: Sequence[str], start: int | None, end: int) -> pa.Table:
        table = super().events(event, columns, start, end)
        if "at" not in table.column_names:
            return table
        at = table["at"].cast(pa.int64())
        inside = pc.less(at, end) if start is None else pc.and_(pc.greater_equal(at, start), pc.less(at, end))
        texts = [
            field.with_type(pa.string()) if pa.types.is_dictionary(field.type) else field for field in table.schema
        ]
        return table.filter(inside).cast(pa.schema(texts))


def plan_of(drawn: Case) -> SitePlan:
    world = drawn.world
    return compile_site(
        world.audiences,
        site=SITE,
        zone=world.zone,
        as_of=world.as_of,
        built=set(world.audiences),
        published=set(world.published) - set(world.audiences),
        absent=world.absent,
        lists=world.lists,
    )


def roaring_bytes(ordinals: Iterable[int]) -> bytes:
    """The bytes as another implementation of the format writes them, without run containers."""
    bitmap = BitMap()
    for ordinal in ordinals:  # given all at once, they would become runs
        bitmap.add(ordinal)
    return bytes(bitmap.serialize())


def run(drawn: Case, plan: SitePlan, limits: Limits = LIMITS) -> BlockOutcome:
    published = {key: roaring_bytes(found) for key, found in drawn.world.published.items() if found}
    history = {
        key: [Change(microseconds(at), roaring_bytes(entered), roaring_bytes(left)) for at, entered, left in past]
        for key, past in drawn.world.history.items()
    }
    make = TableReader if limits is LIMITS else NarrowReader
    reader = make(drawn.people, drawn.events, published, history, words=drawn.consents, relations=drawn.relations)
    return evaluate_block(plan, reader, block=drawn.block, limits=limits)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**63), n_people=st.integers(0, 70), n_events=st.integers(0, 120))
def test_engine_equals_naive_evaluator(seed: int, n_people: int, n_events: int) -> None:
    assert_equal(case(Random(seed), n_people=n_people, n_events=n_events, n_audiences=_AUDIENCES))


@pytest.mark.nightly
@settings(max_examples=1_200, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**63), n_people=st.integers(0, 70), n_events=st.integers(0, 120))
def test_ten_thousand_audiences_equal_the_naive_evaluator(seed: int, n_people: int, n_events: int) -> None:
    assert_equal(case(Random(seed), n_people=n_people, n_events=n_events, n_audiences=_AUDIENCES))


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**63), n_people=st.integers(1, 12), n_events=st.integers(2, 40))
def test_sequences_equal_every_chain_tried(seed: int, n_people: int, n_events: int) -> None:
    drawn = case(Random(seed), n_people=n_people, n_events=n_events, n_audiences=_AUDIENCES, kind=Crowded)
    assert_equal(drawn)


def assert_same(one: BlockOutcome, other: BlockOutcome) -> None:
    """The same bytes, changes and failures."""
    assert one.members.equals(other.members)
    assert one.changes.equals(other.changes)
    assert one.failures == other.failures


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**63), n_people=st.integers(1, 30), n_events=st.integers(0, 120))
def test_relations_equal_every_row_followed(seed: int, n_people: int, n_events: int) -> None:
    drawn = case(Random(seed), n_people=n_people, n_events=n_events, n_audiences=_AUDIENCES, kind=Connected)
    assert_equal(drawn)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**63), n_people=st.integers(1, 70))
def test_long_groups_equal_each_condition_tried(seed: int, n_people: int) -> None:
    assert_equal(case(Random(seed), n_people=n_people, n_events=20, n_audiences=_AUDIENCES, kind=Long))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**63), most_pairs=st.integers(1, 60))
def test_people_in_parts_give_the_same_bytes(seed: int, most_pairs: int) -> None:
    drawn = case(Random(seed), n_people=40, n_events=120, n_audiences=_AUDIENCES, kind=Connected)
    plan = plan_of(drawn)
    whole = run(drawn, plan)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Related, "most_pairs", most_pairs)
        patch.setattr(Related, "least_people", 1)
        parts = run(drawn, plan)
    beyond = {key for key, said in parts.failures.items() if key not in whole.failures}
    assert all("filter the hops before" in parts.failures[key] or "refers to" in parts.failures[key] for key in beyond)
    for here, there in ((whole.members, parts.members), (whole.changes, parts.changes)):
        kept = [row for row in here.to_pylist() if row["audience"] not in beyond]
        assert there.to_pylist() == kept


def assert_equal(drawn: Case) -> None:
    """Members, sizes, hashes, bytes and changes of every audience are those of the naive evaluator."""
    plan = plan_of(drawn)
    assert not plan.failed
    outcome = run(drawn, plan)
    assert_same(run(drawn, plan, TIGHT), outcome)
    found = {row["audience"]: row for row in outcome.members.to_pylist()}
    changes = {row["audience"]: row for row in outcome.changes.to_pylist()}
    for key in drawn.world.audiences:
        expected = members(drawn.world, key)
        assert (key in outcome.failures) == (expected is None), (key, outcome.failures)
        if expected is None:
            continue
        assert set(BitMap.deserialize(found[key]["members"]) if key in found else ()) == expected, key
        if key in found:
            assert found[key]["size"] == len(expected) > 0
            assert found[key]["hash"] == content_hash(found[key]["members"])
            assert found[key]["members"] == roaring_bytes(expected)
        before = drawn.world.published.get(key, frozenset())
        if expected == before:
            assert key not in changes
        else:
            assert set(BitMap.deserialize(changes[key]["entered"])) == expected - before
            assert set(BitMap.deserialize(changes[key]["left"])) == before - expected
            assert (changes[key]["n_entered"], changes[key]["n_left"]) == (
                len(expected - before),
                len(before - expected),
            )


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**63), order=st.randoms(use_true_random=False))
def test_rows_in_another_order_give_the_same_bytes(seed: int, order: Random) -> None:
    drawn = case(Random(seed), n_people=60, n_events=80, n_audiences=_AUDIENCES)
    plan = plan_of(drawn)
    shuffled = Case(
        drawn.block,
        drawn.world,
        _shuffled(drawn.people, order),
        {e: _shuffled(t, order) for e, t in drawn.events.items()},
        _shuffled(drawn.consents, order),
        {r: _shuffled(t, order) for r, t in drawn.relations.items()},
    )
    assert_same(run(drawn, plan), run(shuffled, plan))


def _shuffled(table: pa.Table, order: Random) -> pa.Table:
    rows = list(range(table.num_rows))
    order.shuffle(rows)
    return table.take(pa.array(rows, pa.int64()))
