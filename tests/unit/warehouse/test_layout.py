"""Rows come beside the files of an event table while periods keep their length; full and closed ones are compacted."""

from __future__ import annotations

from datetime import date

import pytest

from transforms.warehouse.changes.layout import CLOSED_FILES, OPEN_FILES, Part, crowded, keeps_periods
from transforms.warehouse.tables.periods import Period

YEARS = {"br": [date(2023, 1, 1), date(2024, 1, 1)]}
WEEKS = {"us": [date(2024, 1, 8), date(2024, 1, 15)]}


@pytest.mark.parametrize(
    ("first_days", "periods", "expected"),
    [
        pytest.param({**YEARS, **WEEKS}, {"br": "year", "us": "week"}, True, id="each site has its own length"),
        pytest.param(YEARS, {"br": "year", "us": "week"}, True, id="a site that is new"),
        pytest.param({}, {"br": "month"}, True, id="no rows yet"),
        pytest.param(YEARS, {"br": "month"}, False, id="periods that are split"),
        pytest.param(WEEKS, {"br": "year"}, False, id="a site whose rows are gone"),
    ],
)
def test_partitions_stay_while_their_site_keeps_its_periods(
    first_days: dict[str, list[date]], periods: dict[str, Period], expected: bool
) -> None:
    assert keeps_periods(first_days, periods) is expected


_OLD, _NEW = date(2024, 1, 8), date(2024, 1, 15)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({("us", _NEW, 0): OPEN_FILES - 1}, set(), id="an open period takes a file a day"),
        pytest.param({("us", _NEW, 0): OPEN_FILES, ("us", _NEW, 1): 1}, {("us", _NEW, 0)}, id="a full one"),
        pytest.param({("us", _OLD, 0): CLOSED_FILES - 1, ("us", _NEW, 0): 1}, set(), id="a closed one with few files"),
        pytest.param(
            {("us", _OLD, 0): CLOSED_FILES, ("us", _NEW, 1): 1}, {("us", _OLD, 0)}, id="a closed one, of any block"
        ),
        pytest.param({("br", _OLD, 0): CLOSED_FILES, ("us", _NEW, 0): 1}, set(), id="sites close for themselves"),
        pytest.param({}, set(), id="no files"),
    ],
)
def test_full_and_closed_periods_are_written_anew(files: dict[Part, int], expected: set[Part]) -> None:
    assert crowded(files) == expected
