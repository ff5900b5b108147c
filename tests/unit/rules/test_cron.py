"""Cron lines: what is taken here, the scheduler takes, too."""

from __future__ import annotations

import pytest
from croniter import croniter
from hypothesis import given, settings
from hypothesis import strategies as st

from plateia.rules.binding.cron import cron_fault

FIELDS = st.lists(
    st.sampled_from(
        ["*", "0", "5", "7", "12", "31", "59", "1-5", "*/15", "2,4", "mon-fri", "jan", "sun", "60", "5-1", ""]
    ),
    min_size=4,
    max_size=6,
)


@settings(deadline=None, max_examples=300)
@given(FIELDS)
def test_what_is_sound_here_is_sound_to_the_scheduler(fields: list[str]) -> None:
    line = " ".join(fields)
    assert cron_fault(line) is not None or croniter.is_valid(line)


@pytest.mark.parametrize(
    "line",
    ["0 5 * * *", "*/15 * * * *", "0 0 1 jan *", "0 5 * * MON-FRI", "30 4 1,15 * 5", "0 0 * * 7", "0 8-18/2 * * *"],
)
def test_sound_lines(line: str) -> None:
    assert cron_fault(line) is None


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        pytest.param("0 5 * *", "4 fields", id="too few"),
        pytest.param("0 0 5 * * *", "6 fields", id="seconds"),
        pytest.param("@daily", "1 field", id="a nickname"),
        pytest.param("60 5 * * *", "the minute '60', which is not within 0 to 59", id="minute"),
        pytest.param("0 5 0 * *", "the day of the month '0', which is not within 1 to 31", id="day"),
        pytest.param("0 5 * 13 *", "the month '13', which is not within 1 to 12", id="month"),
        pytest.param("0 5 * * 5-1", "the day of the week '5-1', which is not within 0 to 7", id="backwards"),
        pytest.param("0 5 * * */0", "the day of the week '*/0', which is not within 0 to 7", id="no step"),
        pytest.param("0 5 * * monday", "the day of the week 'monday', which is not within 0 to 7", id="a long name"),
    ],
)
def test_faults_are_named(line: str, fault: str) -> None:
    assert cron_fault(line) == fault
