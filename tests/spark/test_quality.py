"""Suites on real rows: every expectation answers right, filters filter, nothing is said of nothing, nothing leaks."""

from __future__ import annotations

import logging
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from plateia.catalogue import ValueType
from plateia.declarations.expectation_types import EXPECTATIONS
from plateia.declarations.suites import Expectation, Limits, Suite
from plateia.errors import Location
from plateia.rules import tree
from plateia.rules.tree import Condition, Filter, PropertyTest
from transforms.quality import SuiteFacts, refused, run_suite, table_suite
from transforms.warehouse.tables.winners import KeyCount, count_keys

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

AS_OF = datetime(2018, 1, 4, tzinfo=UTC)
SCHEMA = (
    "word string, same string, n long, m long, share double, price decimal(9,2), flag boolean, day date, "
    "at timestamp, json string, gap string, stamp string"
)
ROWS = [
    ("a", "a", 1, 1, 1.0, Decimal("1.10"), True, date(2018, 1, 1), datetime(2018, 1, 1, 5, tzinfo=UTC), "{}", "x",
     "2018-01-01"),
    ("b", "b", 2, 2, 2.0, Decimal("2.20"), False, date(2018, 1, 2), datetime(2018, 1, 2, 5, tzinfo=UTC), "[1]", None,
     "2018-01-02"),
    ("c", "c", 3, 3, 3.0, Decimal("3.30"), True, date(2018, 1, 3), datetime(2018, 1, 3, 5, tzinfo=UTC), "1", "z",
     "2018-01-03"),
]  # fmt: skip

# expectation -> (parameters that ROWS meet, parameters that they do not), told by looking at the rows above.
CASES: dict[str, tuple[dict[str, object], dict[str, object]]] = {
    "expect_column_values_to_not_be_null": ({"column": "gap", "mostly": 0.6}, {"column": "gap"}),
    "expect_column_values_to_be_null": ({"column": "gap", "mostly": 0.3}, {"column": "gap", "mostly": 0.5}),
    "expect_column_values_to_be_unique": ({"column": "word"}, {"column": "flag"}),
    "expect_column_values_to_be_between": (
        {"column": "at", "min_value": "2018-01-01T05:00:00Z", "max_value": "2018-01-03T00:00:00-05:00"},
        {"column": "at", "min_value": "2018-01-01T05:00:00Z", "strict_min": True},
    ),
    "expect_column_values_to_be_in_set": (
        {"column": "price", "value_set": ["1.10", "2.20", "3.30"]},
        {"column": "day", "value_set": ["2018-01-01", "2018-01-02"]},
    ),
    "expect_column_values_to_not_be_in_set": (
        {"column": "n", "value_set": ["4", "5"]},
        {"column": "flag", "value_set": ["false"]},
    ),
    "expect_column_values_to_match_regex": ({"column": "word", "regex": r"^[a-c]\z"}, {"column": "word", "regex": "a"}),
    "expect_column_values_to_not_match_regex": (
        {"column": "word", "regex": "z"},
        {"column": "word", "regex": "[cd]"},
    ),
    "expect_column_values_to_match_regex_list": (
        {"column": "word", "regex_list": ["a", "[bc]"], "match_on": "any"},
        {"column": "word", "regex_list": ["a", "[bc]"], "match_on": "all"},
    ),
    "expect_column_values_to_not_match_regex_list": (
        {"column": "word", "regex_list": ["x", "y"]},
        {"column": "word", "regex_list": ["x", "c"]},
    ),
    "expect_column_values_to_be_of_type": (
        {"column": "n", "type_": "LongType"},
        {"column": "n", "type_": "StringType"},
    ),
    "expect_column_values_to_be_in_type_list": (
        {"column": "n", "type_list": ["LongType", "IntegerType"]},
        {"column": "n", "type_list": ["StringType"]},
    ),
    "expect_column_values_to_be_json_parseable": ({"column": "json"}, {"column": "word"}),
    "expect_column_values_to_match_strftime_format": (
        {"column": "stamp", "strftime_format": "%Y-%m-%d"},
        {"column": "stamp", "strftime_format": "%d.%m.%Y"},
    ),
    "expect_column_value_lengths_to_be_between": (
        {"column": "stamp", "min_value": 10, "max_value": 10},
        {"column": "stamp", "min_value": 11},
    ),
    "expect_column_value_lengths_to_equal": ({"column": "stamp", "value": 10}, {"column": "stamp", "value": 9}),
    "expect_column_value_z_scores_to_be_less_than": (
        {"column": "share", "threshold": 1.3, "double_sided": True},
        {"column": "share", "threshold": 0.5, "double_sided": True},
    ),
    "expect_column_to_exist": ({"column": "word", "column_index": 0}, {"column": "nothing"}),
    "expect_column_type_to_be": ({"column": "at", "type_": "TimestampType"}, {"column": "at", "type_": "DateType"}),
    "expect_column_min_to_be_between": (
        {"column": "day", "min_value": "2018-01-01", "max_value": "2018-01-01"},
        {"column": "day", "min_value": "2018-01-02"},
    ),
    "expect_column_max_to_be_between": (
        {"column": "at", "min_value": "2018-01-03T05:00:00Z", "max_value": "2018-01-03T05:00:00Z"},
        {"column": "at", "max_value": "2018-01-03T04:59:59Z"},
    ),
    "expect_column_mean_to_be_between": (
        {"column": "n", "min_value": 2.0, "max_value": 2.0},
        {"column": "price", "min_value": 2.3},
    ),
    "expect_column_median_to_be_between": (
        {"column": "share", "min_value": 2.0, "max_value": 2.0},
        {"column": "share", "max_value": 1.9},
    ),
    "expect_column_stdev_to_be_between": (
        {"column": "share", "min_value": 0.99, "max_value": 1.01},
        {"column": "share", "max_value": 0.5},
    ),
    "expect_column_sum_to_be_between": (
        {"column": "n", "min_value": 6.0, "max_value": 6.0},
        {"column": "share", "min_value": 6.5},
    ),
    "expect_column_distinct_values_to_be_in_set": (
        {"column": "flag", "value_set": ["true", "false"]},
        {"column": "flag", "value_set": ["true"]},
    ),
    "expect_column_distinct_values_to_contain_set": (
        {"column": "n", "value_set": ["1", "3"]},
        {"column": "n", "value_set": ["1", "4"]},
    ),
    "expect_column_distinct_values_to_equal_set": (
        {"column": "n", "value_set": ["1", "2", "3"]},
        {"column": "n", "value_set": ["1", "2"]},
    ),
    "expect_column_most_common_value_to_be_in_set": (
        {"column": "flag", "value_set": ["true"]},
        {"column": "flag", "value_set": ["false"]},
    ),
    "expect_column_unique_value_count_to_be_between": (
        {"column": "flag", "min_value": 2, "max_value": 2},
        {"column": "flag", "min_value": 3},
    ),
    "expect_column_proportion_of_unique_values_to_be_between": (
        {"column": "word", "min_value": 1.0},
        {"column": "flag", "min_value": 1.0},
    ),
    "expect_column_proportion_of_non_null_values_to_be_between": (
        {"column": "gap", "min_value": 0.6, "max_value": 0.7},
        {"column": "gap", "min_value": 0.7},
    ),
    "expect_column_pair_values_to_be_equal": (
        {"column_A": "word", "column_B": "same"},
        {"column_A": "word", "column_B": "stamp"},
    ),
    "expect_column_pair_values_a_to_be_greater_than_b": (
        {"column_A": "n", "column_B": "m", "or_equal": True},
        {"column_A": "n", "column_B": "m"},
    ),
    "expect_column_pair_values_to_be_in_set": (
        {"column_A": "word", "column_B": "same", "value_pairs_set": [["a", "a"], ["b", "b"], ["c", "c"]]},
        {"column_A": "word", "column_B": "same", "value_pairs_set": [["a", "a"], ["b", "c"], ["c", "c"]]},
    ),
    "expect_compound_columns_to_be_unique": ({"column_list": ["flag", "n"]}, {"column_list": ["flag", "flag"]}),
    "expect_select_column_values_to_be_unique_within_record": (
        {"column_list": ["word", "stamp"]},
        {"column_list": ["word", "same"]},
    ),
    "expect_multicolumn_values_to_be_equal": ({"column_list": ["n", "m"]}, {"column_list": ["word", "stamp"]}),
    "expect_multicolumn_sum_to_equal": (
        {"column_list": ["n", "m"], "sum_total": 4.0, "mostly": 0.3},
        {"column_list": ["n", "m"], "sum_total": 4.0},
    ),
    "expect_table_row_count_to_be_between": ({"min_value": 3, "max_value": 3}, {"min_value": 4}),
    "expect_table_row_count_to_equal": ({"value": 3}, {"value": 4}),
    "expect_table_column_count_to_be_between": ({"min_value": 12, "max_value": 12}, {"max_value": 11}),
    "expect_table_column_count_to_equal": ({"value": 12}, {"value": 11}),
    "expect_table_columns_to_match_set": (
        {"column_set": ["n", "word"], "exact_match": False},
        {"column_set": ["n", "word"]},
    ),
    "expect_table_columns_to_match_ordered_list": (
        {"column_list": [word.split()[0] for word in SCHEMA.split(", ")]},
        {"column_list": ["n", "word"]},
    ),
}


def text_is(column: str, value: str) -> Filter:
    return PropertyTest(column, ValueType("string"), Condition((tree.Test("eq", value),)))


@pytest.fixture(scope="module")
def table(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame(ROWS, SCHEMA).coalesce(1)


def suite(*checks: Expectation, empty: bool = False) -> Suite:
    return Suite("shop", None, "people", empty, Limits(), checks, Location())


def judge(frame: DataFrame, *checks: Expectation, rows: int = len(ROWS), empty: bool = False) -> list[tuple[bool, str]]:
    """Success and words of every check, the rows' own result taken out."""
    plan = suite(*checks, empty=empty)
    results = run_suite(frame, plan, facts=SuiteFacts(rows), as_of=AS_OF)
    return [(result.success, result.observed) for result in results if result.expectation != "rows_exist"]


def test_every_expectation_of_the_list_tells_met_from_not_met(table: DataFrame) -> None:
    assert set(CASES) == set(EXPECTATIONS)
    met = [Expectation(name, good) for name, (good, _) in CASES.items()]
    unmet = [Expectation(name, bad) for name, (_, bad) in CASES.items()]
    told = judge(table, *met, *unmet)
    wrong = [name for name, (success, _) in zip(CASES, told[: len(met)], strict=True) if not success]
    accepted = [name for name, (success, _) in zip(CASES, told[len(met) :], strict=True) if success]
    assert (wrong, accepted) == ([], [])


def test_the_list_agrees_with_the_library_about_parameters() -> None:
    from great_expectations.expectations.registry import get_expectation_impl

    for name, known in EXPECTATIONS.items():
        fields = get_expectation_impl(name).__fields__
        assert set(known.parameters) <= set(fields), name
        assert {key for key, field in fields.items() if field.required} <= known.required, name


def test_where_is_a_filter_and_a_filter_that_matches_nothing_is_no_failure(table: DataFrame) -> None:
    present = {"column": "gap"}
    assert judge(
        table,
        Expectation("expect_column_values_to_not_be_null", present),
        Expectation("expect_column_values_to_not_be_null", present, where=text_is("word", "a")),
        Expectation("expect_column_values_to_not_be_null", present, where=text_is("word", "b")),
        Expectation(
            "expect_column_mean_to_be_between", {"column": "n", "min_value": 9.0}, where=text_is("word", "nobody")
        ),
        Expectation("expect_column_mean_to_be_between", {"column": "n", "max_value": 1.0}, where=text_is("word", "a")),
    ) == [(False, "not met"), (True, "met"), (False, "not met"), (True, "there is no row to look at"), (True, "met")]


def test_a_table_without_rows_fails_unless_its_suite_allows_it(table: DataFrame) -> None:
    nothing = table.limit(0)
    default = table_suite([], "people", keys=["word"])
    results = run_suite(nothing, default, facts=SuiteFacts(0), as_of=AS_OF)
    assert [(r.expectation, r.success) for r in results] == [("rows_exist", False)]
    assert len(refused(results)) == 1
    mean = Expectation("expect_column_mean_to_be_between", {"column": "n", "min_value": 1.0})
    columns = Expectation("expect_column_to_exist", {"column": "nothing"})
    assert [success for success, _ in judge(nothing, mean, columns, rows=0, empty=True)] == [True, False]


@pytest.mark.parametrize(
    ("stored", "met"),
    [
        pytest.param([("mla", "a"), ("mlb", "a"), ("mla", "b")], (True, True), id="the same keys in another order"),
        pytest.param([("mla", "a"), ("mla", "a"), ("mla", "b")], (True, False), id="one twice, one lost"),
        pytest.param([("mla", "a"), ("mlb", "a"), ("mla", "c")], (True, True), id="another key, and all different"),
        pytest.param([("mla", "a"), ("mlb", "a"), ("mla", None)], (False, True), id="a key that is missing"),
    ],
)
def test_keys_that_are_known_to_differ_are_looked_at_all_the_same(
    spark: SparkSession, stored: list[tuple[str, str | None]], met: tuple[bool, bool]
) -> None:
    delivered = spark.createDataFrame([("mla", "a"), ("mla", "b"), ("mlb", "a")], "site string, event_id string")
    counted = count_keys(delivered, ["site", "event_id"])
    assert (counted.rows, counted.distinct) == (3, 3)
    suite = table_suite([], "event_sale", keys=["site", "event_id"])
    facts = SuiteFacts(3, keys=counted.sums)
    frame = spark.createDataFrame(stored, "site string, event_id string")
    found = {r.expectation: r.success for r in run_suite(frame, suite, facts=facts, as_of=AS_OF) if r.column != "site"}
    present, unique = "expect_column_values_to_not_be_null", "expect_compound_columns_to_be_unique"
    assert (found[present], found[unique]) == met


def test_keys_that_repeat_add_up_to_nothing(spark: SparkSession) -> None:
    rows = spark.createDataFrame([("mla", "a"), ("mla", "a"), ("mlb", "a")], "site string, event_id string")
    assert count_keys(rows, ["site", "event_id"]) == KeyCount(3, 2)
    assert count_keys(rows.limit(0), ["site", "event_id"]).rows == 0


@pytest.mark.parametrize(
    ("check", "words"),
    [
        pytest.param(
            Expectation("expect_column_values_to_not_be_null", {"column": "absent"}),
            "the table has no column absent",
            id="missing column",
        ),
        pytest.param(
            Expectation("expect_column_values_to_be_unique", {"column": "word"}, where=text_is("absent", "a")),
            "the table has no column absent",
            id="missing column of a filter",
        ),
        pytest.param(
            Expectation("expect_column_values_to_be_between", {"column": "word", "min_value": "1"}),
            "it needs a number, date or time, and the column is string",
            id="text where a number is needed",
        ),
        pytest.param(
            Expectation("expect_column_values_to_be_in_set", {"column": "n", "value_set": ["one"]}),
            "its parameters do not fit a column of type bigint",
            id="values of another type",
        ),
        pytest.param(
            Expectation("expect_column_values_to_match_regex", {"column": "word", "regex": "("}),
            "it could not be evaluated",
            id="broken pattern",
        ),
    ],
)
def test_what_cannot_be_evaluated_fails_alone(table: DataFrame, check: Expectation, words: str) -> None:
    sound = Expectation("expect_column_to_exist", {"column": "word"})
    assert judge(table, check, sound) == [(False, words), (True, "met")]


@pytest.mark.parametrize(
    ("regex", "accepted"),
    [pytest.param(r"^abc$", True, id="Java's dollar accepts it"), pytest.param(r"^abc\z", False, id="z refuses it")],
)
def test_a_closing_newline_passes_a_dollar(spark: SparkSession, regex: str, accepted: bool) -> None:
    frame = spark.createDataFrame([("abc\n",)], "word string")
    check = Expectation("expect_column_values_to_match_regex", {"column": "word", "regex": regex})
    assert judge(frame, check, rows=1)[0][0] is accepted


CANARY = "canary-4711@example.org"


def test_no_value_of_a_row_leaves_a_failing_suite(
    spark: SparkSession,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    rows = [(CANARY, CANARY, index, None) for index in range(20)]
    frame = spark.createDataFrame(rows, "mail string, other string, n long, gap string")
    checks = [
        Expectation("expect_column_values_to_be_between", {"column": "mail", "min_value": "1"}),
        Expectation("expect_column_values_to_be_in_set", {"column": "mail", "value_set": ["x"]}),
        Expectation("expect_column_values_to_match_regex", {"column": "mail", "regex": "^x"}),
        Expectation("expect_column_values_to_match_strftime_format", {"column": "mail", "strftime_format": "%Y"}),
        Expectation("expect_column_values_to_be_unique", {"column": "mail"}),
        Expectation("expect_column_pair_values_to_be_equal", {"column_A": "mail", "column_B": "n"}),
        Expectation("expect_column_distinct_values_to_be_in_set", {"column": "mail", "value_set": ["x"]}),
        Expectation("expect_column_most_common_value_to_be_in_set", {"column": "mail", "value_set": ["x"]}),
        Expectation("expect_column_values_to_not_be_null", {"column": "gap"}, where=text_is("mail", CANARY)),
    ]
    with caplog.at_level(logging.DEBUG, logger="great_expectations"):
        plan = suite(*checks)
        results = run_suite(frame, plan, facts=SuiteFacts(20), as_of=AS_OF)
    assert [result.success for result in results[1:]] == [False] * len(checks)
    said = capfd.readouterr()
    everything = [repr(results), *refused(results), caplog.text, said.out, said.err]
    everything += [path.read_bytes().decode("latin-1") for path in tmp_path.rglob("*") if path.is_file()]
    assert not [text for text in everything if re.search("canary", text)]
    assert list(tmp_path.iterdir()) == []
