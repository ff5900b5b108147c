"""Rows are added beside the files of an event table while its partitions keep their length and few files."""

from __future__ import annotations

from datetime import date

import pytest

from transforms.warehouse.changes.additions import MOST_FILES, keeps_partitions
from transforms.warehouse.tables.periods import Period

YEARS = {("br", date(2023, 1, 1), 0): 1, ("br", date(2024, 1, 1), 0): 3}
WEEKS = {("us", date(2024, 1, 8), 0): 1, ("us", date(2024, 1, 15), 1): 2}


@pytest.mark.parametrize(
    ("files", "periods", "expected"),
    [
        pytest.param({**YEARS, **WEEKS}, {"br": "year", "us": "week"}, True, id="each site has its own length"),
        pytest.param(YEARS, {"br": "year", "us": "week"}, True, id="a site that is new"),
        pytest.param({}, {"br": "month"}, True, id="no rows yet"),
        pytest.param(YEARS, {"br": "month"}, False, id="periods that are split"),
        pytest.param(WEEKS, {"br": "year"}, False, id="a site whose rows are gone"),
        pytest.param({("br", date(2024, 1, 1), 0): MOST_FILES - 1}, {"br": "year"}, True, id="room for one more"),
        pytest.param({("br", date(2024, 1, 1), 0): MOST_FILES}, {"br": "year"}, False, id="too many files"),
    ],
)
def test_files_stay_only_in_partitions_that_stay(
    files: dict[tuple[str, date, int], int], periods: dict[str, Period], expected: bool
) -> None:
    assert keeps_partitions(files, periods) is expected
