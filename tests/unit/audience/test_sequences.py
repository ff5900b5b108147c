"""Sequences on the borders that the language fixes, each by hand; expected truths come from its description."""

from __future__ import annotations

from datetime import timedelta

import pyarrow as pa
import pytest
from pyroaring import BitMap

from plateia.catalogue import ValueType
from plateia.rules import tree
from tests.unit.audience.table_reader import AS_OF, TableReader, audience, compiled, people
from transforms.audience.worker import evaluate_block

H = tree.Duration
PRODUCT = ValueType("string")
Event = tuple[str, int, str, str | None]  # type, hours before as_of, id, product


def happens(event: str, **more: object) -> tree.Step:
    return tree.Step(event, **more)  # type: ignore[arg-type]


def never(event: str, **more: object) -> tree.Step:
    return tree.Step(event, negated=True, **more)  # type: ignore[arg-type]


def product(step: str) -> tuple[tree.Binding, ...]:
    return (tree.Binding("product", step, "product"),)


def is_met(events: list[Event], *steps: tree.Step, **more: object) -> bool:
    tables = {
        kind: pa.table(
            {
                "ordinal": pa.array([0] * len(mine), pa.int32()),
                "at": pa.array([AS_OF - timedelta(hours=hours) for _, hours, _, _ in mine], pa.timestamp("us", "UTC")),
                "event_id": pa.array([key for _, _, key, _ in mine], pa.string()),
                "product": pa.array([value for *_, value in mine], pa.string()),
            }
        )
        for kind in ("buy", "view")
        if (mine := [event for event in events if event[0] == kind])
    }
    rule = tree.SequenceNode(steps, **more)  # type: ignore[arg-type]
    outcome = evaluate_block(compiled([audience("a", rule)]), TableReader(people(1), tables), block=0)
    assert not outcome.failures
    return [set(BitMap.deserialize(row)) for row in outcome.members["members"].to_pylist()] == [{0}]


VIEW, BUY = happens("view", name="v"), happens("buy")
VIEW_THEN_BUY: list[Event] = [("view", 48, "1", "x"), ("buy", 24, "2", "x")]


@pytest.mark.parametrize(
    ("step", "met"),
    [
        pytest.param(happens("buy", after_max=H(24, "h")), True, id="after includes its greatest"),
        pytest.param(happens("buy", after_max=H(23, "h")), False, id="and nothing beyond"),
        pytest.param(happens("buy", after_min=H(24, "h")), True, id="after includes its least"),
        pytest.param(happens("buy", after_min=H(25, "h")), False, id="and nothing below"),
        pytest.param(happens("buy", same=product("v"), after_max=H(24, "h")), True, id="with a shared value, too"),
        pytest.param(happens("buy", same=product("v"), after_max=H(23, "h")), False, id="and not beyond"),
    ],
)
def test_after_counts_from_the_step_before(step: tree.Step, met: bool) -> None:
    assert is_met(VIEW_THEN_BUY, VIEW, step) is met


def test_after_counts_from_the_positive_step_before_not_from_the_first() -> None:
    events: list[Event] = [*VIEW_THEN_BUY, ("view", 1, "3", "x")]
    assert is_met(events, VIEW, BUY, happens("view", after_max=H(23, "h")))
    assert not is_met(events, VIEW, BUY, happens("view", after_max=H(22, "h")))


@pytest.mark.parametrize(("hours", "met"), [pytest.param(47, True, id="exactly"), pytest.param(46, False, id="less")])
def test_within_bounds_the_whole_chain(hours: int, met: bool) -> None:
    events: list[Event] = [*VIEW_THEN_BUY, ("view", 1, "3", "x")]
    assert is_met(events, VIEW, BUY, happens("view"), within=H(hours, "h")) is met


def test_any_chain_counts_not_the_greedy_first_one() -> None:
    events: list[Event] = [("view", 90, "1", "x"), ("view", 50, "2", "x"), ("buy", 48, "3", "x")]
    assert is_met(events, VIEW, happens("buy", after_max=H(2, "h")))
    assert is_met(events, VIEW, BUY, within=H(2, "h"))


def test_at_one_instant_the_type_orders_and_then_the_id() -> None:
    assert is_met([("view", 5, "1", None), ("buy", 5, "2", None)], BUY, VIEW), "buy comes before view"
    assert not is_met([("view", 5, "1", None), ("buy", 5, "2", None)], VIEW, BUY)
    ids: list[Event] = [("buy", 5, "9", "first"), ("buy", 5, "10", "second")]
    first, second = (
        happens("buy", where=tree.PropertyTest("product", PRODUCT, tree.Condition((tree.Test("eq", word),))))
        for word in ("first", "second")
    )
    assert is_met(ids, second, first), "as text, 10 comes before 9"
    assert not is_met(ids, first, second)


def test_one_event_is_not_two_steps() -> None:
    assert not is_met([("buy", 5, "1", None)], BUY, BUY)
    assert is_met([("buy", 5, "1", None), ("buy", 5, "2", None)], BUY, BUY)


def test_a_missing_value_never_equals_another() -> None:
    events: list[Event] = [("view", 9, "1", None), ("buy", 8, "2", None)]
    assert not is_met(events, VIEW, happens("buy", same=product("v")))
    assert is_met([*events, ("view", 7, "3", "x"), ("buy", 6, "4", "x")], VIEW, happens("buy", same=product("v")))


def test_nothing_between_is_of_the_neighbours_of_one_chain() -> None:
    events: list[Event] = [("view", 9, "1", "x"), ("view", 8, "2", "y"), ("buy", 7, "3", "x")]
    assert is_met(events, VIEW, never("view"), BUY), "from the second view nothing lies between"
    assert not is_met(events, VIEW, never("view"), happens("buy", same=product("v")))
    assert is_met(events, VIEW, never("view", same=product("v")), happens("buy", same=product("v")))


@pytest.mark.parametrize(
    ("hours", "met"),
    [
        pytest.param(4, True, id="the end is not part of it"),
        pytest.param(5, False, id="but what lies before it is"),
    ],
)
def test_a_quiet_time_ends_before_its_last_instant(hours: int, met: bool) -> None:
    events: list[Event] = [("view", 20, "1", "x"), ("buy", 16, "2", "x")]
    assert is_met(events, VIEW, never("buy", quiet_for=H(hours, "h"))) is met
    assert is_met(events, VIEW, never("buy", same=product("v"), quiet_for=H(hours, "h"))) is met


def test_a_quiet_time_must_be_over() -> None:
    events: list[Event] = [("view", 20, "1", "x")]
    assert is_met(events, VIEW, never("buy", quiet_for=H(20, "h")))
    assert not is_met(events, VIEW, never("buy", quiet_for=H(21, "h")))
    assert not is_met(events, VIEW, never("buy", quiet_for=H(20, "h")), never("view", quiet_for=H(21, "h")))


def test_a_quiet_time_may_leave_the_window_and_within() -> None:
    events: list[Event] = [("view", 50, "1", "x"), ("buy", 49, "2", "x")]
    window = tree.Ago(H(72, "h"), H(48, "h"))
    assert is_met(events, VIEW, BUY, never("view", quiet_for=H(40, "h")), window=window, within=H(1, "h"))
    later: list[Event] = [*events, ("view", 20, "3", "x")]
    assert not is_met(later, VIEW, BUY, never("view", quiet_for=H(40, "h")), window=window, within=H(1, "h"))


def test_every_step_that_happens_lies_in_the_window() -> None:
    assert is_met(VIEW_THEN_BUY, VIEW, BUY, window=tree.Last(H(48, "h")))
    assert not is_met(VIEW_THEN_BUY, VIEW, BUY, window=tree.Last(H(47, "h")))
    assert not is_met(VIEW_THEN_BUY, VIEW, BUY, window=tree.Ago(H(72, "h"), H(24, "h")))
