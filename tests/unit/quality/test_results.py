"""What is told of a suite: rows of ``quality_results``, sentences for a refusal, and the suites nobody wrote."""

from __future__ import annotations

from datetime import UTC, datetime

from plateia.declarations.suites import Expectation, Limits, Suite
from plateia.errors import Location
from plateia.tables import QUALITY_RESULTS
from transforms.quality import QualityResult, input_suite, refused, table_suite, warned
from transforms.quality.defaults import columns_of

NULL = "expect_column_values_to_not_be_null"
RESULTS = [
    QualityResult("shop", "rows_exist", None, "critical", True, "3 rows", 3),
    QualityResult("shop", "limit_quarantined", None, "critical", False, "2 of 5 rows (40 %), at most 1 %", 3),
    QualityResult("shop", NULL, "amount", "critical", False, "not met", 3),
    QualityResult("shop", NULL, "store", "warning", False, "not met", 3),
]


def test_a_result_is_a_row_of_the_table() -> None:
    at = datetime(2018, 1, 1, tzinfo=UTC)
    row = RESULTS[2].as_row(run_id="r", table="purchases", at=at)
    assert set(row) == set(QUALITY_RESULTS.schema.names)
    assert (row["run_id"], row["table"], row["column"], row["at"]) == ("r", "purchases", "amount", at)


def test_only_what_is_critical_refuses_and_each_reason_is_a_sentence() -> None:
    assert refused(RESULTS) == [
        "suite shop: limit_quarantined: 2 of 5 rows (40 %), at most 1 %",
        f"suite shop: {NULL} of amount: not met",
    ]
    assert warned(RESULTS) == [f"suite shop: {NULL} of store: not met"]


def test_a_declared_suite_replaces_the_default_one() -> None:
    own = Suite("mine", "purchases", None, True, Limits(), (), Location())
    assert input_suite([own], "purchases", columns=["a"]) is own
    assert input_suite([own], "people", columns=["a"]).expectations == (
        Expectation("expect_column_to_exist", {"column": "a"}),
    )
    assert table_suite([own], "purchases", keys=["a"]) is not own


def test_the_default_of_a_table_asks_for_keys_that_are_present_and_unique() -> None:
    one = table_suite([], "people", keys=["id"]).expectations
    two = table_suite([], "people", keys=["site", "ordinal"]).expectations
    unique, compound = "expect_column_values_to_be_unique", "expect_compound_columns_to_be_unique"
    assert [(e.type, columns_of(e)) for e in one] == [(NULL, ("id",)), (unique, ("id",))]
    assert [(e.type, columns_of(e)) for e in two] == [
        (NULL, ("site",)),
        (NULL, ("ordinal",)),
        (compound, ("site", "ordinal")),
    ]
