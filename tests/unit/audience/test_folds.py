"""Measures taken in part by part equal those of all events at once, counted by hand; totals survive packing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plateia.tables import INSTANT
from transforms.audience.atoms import AT_LEAST_ONE, EventLeaf, Measured, MeasureKind
from transforms.audience.leaves.codebook import Codebook
from transforms.audience.leaves.columns import Column, DoubleColumn, IntegerColumn
from transforms.audience.leaves.errors import LeafError
from transforms.audience.leaves.events import EventTable
from transforms.audience.leaves.measures import Daily, Seats, are_few, fold_of
from transforms.audience.leaves.traits import Population
from transforms.audience.partials.packing import pack, unpack
from transforms.audience.partials.totals import day_rows, joined

ZONE = ZoneInfo("America/Santiago")
N = 4
Row = tuple[int, datetime, str | None, float | None]
NOON = datetime(2018, 5, 13, 12, tzinfo=UTC)  # the day after the clock went back in Santiago
rows = st.lists(
    st.tuples(
        st.integers(0, N - 1),
        st.integers(-40 * 24, 40 * 24).map(lambda hours: NOON + timedelta(hours=hours)),
        st.sampled_from(["a", "b", "ñ", "", None]),
        st.sampled_from([0.1, 0.2, -1.5, 1e9 + 0.1, None]),
    ),
    max_size=40,
)
MEASURES: list[tuple[MeasureKind, str | None]] = [
    ("count", None), ("days", None), ("first", None), ("last", None), ("distinct", "shop"), ("distinct", "amount"),
    ("sum", "amount"), ("avg", "amount"), ("min", "amount"), ("max", "amount"),
]  # fmt: skip


def table_of(events: Sequence[Row]) -> pa.Table:
    """Text as a dictionary of its own, in the order in which it appears."""
    columns = list(zip(*events, strict=True)) if events else [(), (), (), ()]
    return pa.table(
        {
            "ordinal": pa.array(columns[0], pa.int32()),
            "at": pa.array(columns[1], INSTANT),
            "shop": pa.array(columns[2], pa.string()).dictionary_encode(),
            "amount": pa.array(columns[3], pa.float64()),
        }
    )


def events_of(events: Sequence[Row], codebook: Codebook | None = None) -> EventTable:
    return EventTable(table_of(events), Population(0, np.ones(N, dtype=np.bool_)), "buy", [None], codebook)


def leaf(kind: MeasureKind, of: str | None) -> EventLeaf:
    scale = 6 if kind in ("sum", "avg") else 0
    return EventLeaf("buy", None, None, 1 << 62, Measured(kind, of, scale), AT_LEAST_ONE)


def by_hand(kind: MeasureKind, of: str | None, events: Sequence[Row], person: int) -> object:
    mine = [row for row in events if row[0] == person]
    values = [value for row in mine if (value := row[3] if of == "amount" else row[2]) is not None]
    micros = sum(round(Fraction(value) * 10**6) for value in values if isinstance(value, float))
    match kind:
        case "count":
            return len(mine)
        case "days":
            return len({row[1].astimezone(ZONE).date() for row in mine})
        case "first" | "last":
            return (min if kind == "first" else max)((round(row[1].timestamp() * 1e6) for row in mine), default=None)
        case "distinct":
            return len(set(values))
        case "sum":
            return micros
        case "avg":
            return float(Fraction(micros, 10**6 * len(values))) if values else None
    return (min if kind == "min" else max)(values, default=None)


def told(column: Column, person: int) -> object:
    if not isinstance(column, IntegerColumn | DoubleColumn):
        return None
    is_missing = column.valid is not None and not column.valid[person]
    return None if is_missing else column.values[person].item()


@pytest.mark.parametrize(("kind", "of"), MEASURES)
@settings(max_examples=40, deadline=None)
@given(events=rows, cuts=st.lists(st.integers(0, 80), max_size=3))
def test_slices_of_days(kind: MeasureKind, of: str | None, events: list[Row], cuts: list[int]) -> None:
    asked, codebook = leaf(kind, of), Codebook()
    fold = fold_of(asked.measured, np.ones(N, dtype=np.bool_), ZONE)
    first = date(2018, 4, 2)
    borders = [date.min, *sorted(first + timedelta(days=cut) for cut in cuts), date.max]
    for start, end in pairwise(borders):
        part = [row for row in events if start <= row[1].astimezone(ZONE).date() < end]
        fold.add(events_of(part, codebook).matches(asked))
    found = fold.finish()
    for person in range(N):
        assert told(found, person) == by_hand(kind, of, events, person)


@pytest.mark.parametrize(("kind", "of"), MEASURES)
@settings(max_examples=40, deadline=None)
@given(events=rows)
def test_few_events_among_many_people(kind: MeasureKind, of: str | None, events: list[Row]) -> None:
    asked, n_people = leaf(kind, of), 2_000
    matches = events_of(events).matches(asked)
    assert are_few(matches, n_people)
    seats = Seats.of(matches, n_people)
    fold = fold_of(asked.measured, seats.alive(np.ones(n_people, dtype=np.bool_)), ZONE)
    fold.add(matches.seated(seats.numbers))
    found = fold.finish()
    of_nobody = by_hand(kind, of, [], 0)
    n_seats = len(matches.people) + 1
    for person in range(N):
        value = by_hand(kind, of, events, person)
        who_has_it = seats.mask(np.array([told(found, seat) == value for seat in range(n_seats)]))
        assert who_has_it[person]
        assert who_has_it[N:].all() == (value == of_nobody)


@pytest.mark.parametrize(("kind", "of"), [("count", None), ("days", None), ("sum", "amount"), ("avg", "amount")])
@settings(max_examples=40, deadline=None)
@given(events=rows, cut=st.integers(-40 * 24, 40 * 24))
def test_packed_totals_of_periods_that_share_a_day(
    kind: MeasureKind, of: str | None, events: list[Row], cut: int
) -> None:
    asked, border = leaf(kind, of), NOON + timedelta(hours=cut)
    parts = [[row for row in events if (row[1] < border) is is_before] for is_before in (True, False)]
    packed = [pack(day_rows(events_of(part).matches(asked), ZONE)) for part in parts]
    for together in (True, False):
        fold = fold_of(asked.measured, np.ones(N, dtype=np.bool_), ZONE)
        assert isinstance(fold, Daily)
        days = [unpack(piece.data) for piece in packed]
        for rows_of in [joined(days)] if together else days:
            fold.add_days(rows_of.quick())
        found = fold.finish()
        for person in range(N):
            expected = by_hand(kind, of, events, person)
            assert told(found, person) == expected


@pytest.mark.parametrize("values", [[9.3e12], [9.2e12, 9.2e12]], ids=["a value", "a sum"])
def test_what_64_bits_cannot_hold_is_not_totalled(values: list[float]) -> None:
    events: list[Row] = [(0, NOON, None, value) for value in values]
    with pytest.raises(LeafError, match="daily totals"):
        day_rows(events_of(events).matches(leaf("sum", "amount")), ZONE)
