"""Partitions are as short as the volume fills them, and keep their length while data grows."""

from __future__ import annotations

from datetime import date

import pytest

from transforms.warehouse.tables.periods import Period, Volume, choose_period

A_YEAR = 365.25


@pytest.mark.parametrize(
    ("volume", "expected"),
    [
        pytest.param(Volume(rows=6_000, days=A_YEAR, people=2_500), "year", id="small data stays in one file a year"),
        pytest.param(Volume(rows=1_500_000, days=A_YEAR, people=2_500), "month", id="a supermarket"),
        pytest.param(Volume(rows=6_000_000, days=A_YEAR, people=2_500), "week", id="a busy site"),
        pytest.param(Volume(rows=6_000_000, days=A_YEAR, people=300_000), "month", id="two blocks halve each file"),
        pytest.param(Volume(rows=6_000_000, days=A_YEAR, people=30_000_000), "year", id="many blocks"),
        pytest.param(Volume(rows=200_000, days=0, people=10), "week", id="all events at one instant"),
        pytest.param(Volume(rows=0, days=0, people=0), "year", id="nothing yet"),
    ],
)
def test_the_first_choice_follows_the_volume(volume: Volume, expected: Period) -> None:
    assert choose_period(volume, []) == expected


BUSY = Volume(rows=6_000_000, days=A_YEAR, people=2_500)  # 115,000 a week, 500,000 a month, 6 million a year


@pytest.mark.parametrize(
    ("existing", "expected"),
    [
        pytest.param([date(2017, 1, 2), date(2018, 1, 1)], "week", id="weeks stay"),
        pytest.param([date(2017, 1, 1), date(2017, 2, 1)], "month", id="months stay"),
        pytest.param([date(2016, 1, 1), date(2017, 1, 1)], "week", id="years of six million rows are split"),
        pytest.param([date(2018, 1, 1)], "week", id="a Monday that begins a year counts as a year"),
    ],
)
def test_a_table_keeps_its_periods_until_they_are_far_too_full(existing: list[date], expected: Period) -> None:
    assert choose_period(BUSY, existing) == expected


def test_fewer_rows_do_not_lengthen_periods() -> None:
    assert choose_period(Volume(rows=10, days=A_YEAR, people=1), [date(2017, 1, 2)]) == "week"
