"""What a suite's author may write of an expectation, and what each mistake is told."""

from __future__ import annotations

import pytest

from plateia.declarations.expectation_types import EXPECTATIONS, Parameter, read_parameters

BETWEEN = "expect_column_values_to_be_between"
SET = "expect_column_values_to_be_in_set"


@pytest.mark.parametrize(
    ("name", "given", "typed"),
    [
        pytest.param(
            BETWEEN,
            {"column": "amount", "min_value": "0", "max_value": "1e3", "mostly": "0.999", "strict_min": "true"},
            {"column": "amount", "min_value": "0", "max_value": "1e3", "mostly": 0.999, "strict_min": True},
            id="bounds stay text until the column's type is known",
        ),
        pytest.param(BETWEEN, {"column": "NO", "min_value": "2018-01-01"}, {"column": "NO", "min_value": "2018-01-01"},
                     id="a date, and a column named NO"),
        pytest.param(SET, {"column": "a", "value_set": ["1", "x"]}, {"column": "a", "value_set": ["1", "x"]}, id="set"),
        pytest.param(
            "expect_compound_columns_to_be_unique",
            {"column_list": ["a", "b"], "ignore_row_if": "never"},
            {"column_list": ["a", "b"], "ignore_row_if": "never"},
            id="several columns and a choice",
        ),
        pytest.param("expect_table_row_count_to_equal", {"value": "3"}, {"value": 3}, id="whole number"),
    ],
)  # fmt: skip
def test_parameters_are_typed(name: str, given: dict[str, object], typed: dict[str, Parameter]) -> None:
    assert read_parameters(name, given) == (typed, [])


@pytest.mark.parametrize(
    ("name", "given", "path", "words"),
    [
        pytest.param("expect_column_value_to_be_between", {}, "type", f"Did you mean '{BETWEEN}'?", id="unknown type"),
        pytest.param(BETWEEN, {}, "column", "got nothing; expected column", id="missing"),
        pytest.param(
            BETWEEN, {"column": "a", "min_val": "0"}, "min_val", "Did you mean 'min_value'?", id="unknown parameter"
        ),
        pytest.param(BETWEEN, {"column": "a", "mostly": "99%"}, "mostly", "a share from 0 to 1", id="not a share"),
        pytest.param(BETWEEN, {"column": "a", "mostly": "1.5"}, "mostly", "a share from 0 to 1", id="share over one"),
        pytest.param(BETWEEN, {"column": "a", "min_value": "012"}, "min_value", "a number, a date", id="not a bound"),
        pytest.param(BETWEEN, {"column": "a", "strict_min": "yes"}, "strict_min", "true or false", id="not a flag"),
        pytest.param(BETWEEN, {"column": ["a"]}, "column", "the name of a column", id="list for text"),
        pytest.param(SET, {"column": "a", "value_set": "x"}, "value_set", "a list of values", id="text for a list"),
        pytest.param(SET, {"column": "a", "value_set": []}, "value_set", "a list of values", id="empty list"),
        pytest.param(
            BETWEEN, {"column": "a", "row_condition": "1=1"}, "row_condition", "one of: column", id="SQL text"
        ),
        pytest.param(
            "expect_compound_columns_to_be_unique",
            {"column_list": ["a"], "ignore_row_if": "often"},
            "ignore_row_if",
            "one of: all_values_are_missing",
            id="not a choice",
        ),
    ],
)
def test_mistakes_are_named(name: str, given: dict[str, object], path: str, words: str) -> None:
    (problem,) = read_parameters(name, given)[1]
    assert problem.where.path == path
    assert words in str(problem)


def test_no_expectation_takes_sql_text() -> None:
    parameters = {parameter for known in EXPECTATIONS.values() for parameter in known.parameters}
    assert not [name for name in (*EXPECTATIONS, *parameters) if "query" in name or "condition" in name]
