"""The expectations a suite may use: Great Expectations' own names and parameters, those that run on Spark.

Known here without importing Great Expectations, so that ``plateia validate`` stays quick; a test holds the list
against the library. Left out on purpose: expectations that take SQL text, that the library does not run on Spark, or
that depend on an order of rows, which a table does not have.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Literal, cast

from plateia.errors import Location, Problem, did_you_mean, echo, one_of

Form = Literal["column", "columns", "integer", "number", "share", "flag", "text", "texts", "bound", "values", "pairs"]
Fits = Literal["any", "number", "ordered", "text", "alike"]
Parameter = str | int | float | bool | list[str] | list[list[str]]

_INTEGER = re.compile(r"-?(0|[1-9]\d{0,17})")
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
_BOOLEANS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class ExpectationType:
    """One expectation: its parameters, those that it must have, and the kind of column it can look at.

    ``fits``: ``number``, ``ordered`` (numbers, dates and times), ``text``, ``alike`` (all of one type) or ``any``.
    Great Expectations asks Spark to cast whatever does not fit, and a failed cast prints the value.
    """

    name: str
    parameters: Mapping[str, Form]
    required: frozenset[str]
    fits: Fits = "any"
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


_BETWEEN = "min_value bound, max_value bound, strict_min flag, strict_max flag"
_WITHIN = "min_value number, max_value number, strict_min flag, strict_max flag"
_COUNTED = "min_value integer, max_value integer, strict_min flag, strict_max flag"
_EACH = "column! column, mostly share, "  # about each value; missing values are skipped
_PAIR = "column_A! column, column_B! column, mostly share, ignore_row_if text, "
_SOME = "column_list! columns, mostly share, ignore_row_if text"
_SKIPPED_PAIRS = ("both_values_are_missing", "either_value_is_missing", "neither")
_SKIPPED_ROWS = ("all_values_are_missing", "any_value_is_missing", "never")


def _expect(name: str, parameters: str, fits: Fits = "any", **choices: tuple[str, ...]) -> ExpectationType:
    """One line of the list: ``parameters`` is ``name form`` or ``name! form`` (required), comma-separated."""
    words = [parameter.split() for parameter in parameters.strip(", ").split(",")]
    forms = {word[0].rstrip("!"): cast(Form, word[1]) for word in words}
    required = frozenset(word[0][:-1] for word in words if word[0].endswith("!"))
    return ExpectationType(f"expect_{name}", forms, required, fits, choices)


_TYPES = (
    _expect("column_values_to_not_be_null", _EACH),
    _expect("column_values_to_be_null", _EACH),
    _expect("column_values_to_be_unique", _EACH),
    _expect("column_values_to_be_between", _EACH + _BETWEEN, "ordered"),
    _expect("column_values_to_be_in_set", _EACH + "value_set! values"),
    _expect("column_values_to_not_be_in_set", _EACH + "value_set! values"),
    # Java's `$` also matches before a closing newline, so `^abc$` accepts "abc\n"; `\z` is the true end.
    _expect("column_values_to_match_regex", _EACH + "regex! text", "text"),
    _expect("column_values_to_not_match_regex", _EACH + "regex! text", "text"),
    _expect(
        "column_values_to_match_regex_list", _EACH + "regex_list! texts, match_on text", "text", match_on=("any", "all")
    ),
    _expect("column_values_to_not_match_regex_list", _EACH + "regex_list! texts", "text"),
    _expect("column_values_to_be_of_type", _EACH + "type_! text"),
    _expect("column_values_to_be_in_type_list", _EACH + "type_list! texts"),
    _expect("column_values_to_be_json_parseable", _EACH, "text"),
    _expect("column_values_to_match_strftime_format", _EACH + "strftime_format! text", "text"),
    _expect("column_value_lengths_to_be_between", _EACH + _COUNTED, "text"),
    _expect("column_value_lengths_to_equal", _EACH + "value! integer", "text"),
    _expect("column_value_z_scores_to_be_less_than", _EACH + "threshold! number, double_sided! flag", "number"),
    _expect("column_to_exist", "column! column, column_index integer"),
    _expect("column_type_to_be", "column! column, type_! text"),
    _expect("column_min_to_be_between", "column! column, " + _BETWEEN, "ordered"),
    _expect("column_max_to_be_between", "column! column, " + _BETWEEN, "ordered"),
    _expect("column_mean_to_be_between", "column! column, " + _WITHIN, "number"),
    _expect("column_median_to_be_between", "column! column, " + _WITHIN, "number"),
    _expect("column_stdev_to_be_between", "column! column, " + _WITHIN, "number"),
    _expect("column_sum_to_be_between", "column! column, " + _WITHIN, "number"),
    _expect("column_distinct_values_to_be_in_set", "column! column, value_set! values"),
    _expect("column_distinct_values_to_contain_set", "column! column, value_set! values"),
    _expect("column_distinct_values_to_equal_set", "column! column, value_set! values"),
    _expect("column_most_common_value_to_be_in_set", "column! column, value_set! values, ties_okay flag"),
    _expect("column_unique_value_count_to_be_between", "column! column, " + _COUNTED),
    _expect("column_proportion_of_unique_values_to_be_between", "column! column, " + _WITHIN),
    _expect("column_proportion_of_non_null_values_to_be_between", "column! column, " + _WITHIN),
    _expect("column_pair_values_to_be_equal", _PAIR, "alike", ignore_row_if=_SKIPPED_PAIRS),
    _expect(
        "column_pair_values_a_to_be_greater_than_b", _PAIR + "or_equal flag", "alike", ignore_row_if=_SKIPPED_PAIRS
    ),
    _expect("column_pair_values_to_be_in_set", _PAIR + "value_pairs_set! pairs", "text", ignore_row_if=_SKIPPED_PAIRS),
    _expect("compound_columns_to_be_unique", _SOME, ignore_row_if=_SKIPPED_ROWS),
    _expect("select_column_values_to_be_unique_within_record", _SOME, "alike", ignore_row_if=_SKIPPED_ROWS),
    _expect("multicolumn_values_to_be_equal", _SOME, "alike", ignore_row_if=_SKIPPED_ROWS),
    _expect("multicolumn_sum_to_equal", _SOME + ", sum_total! number", "number", ignore_row_if=_SKIPPED_ROWS),
    _expect("table_row_count_to_be_between", _COUNTED),
    _expect("table_row_count_to_equal", "value! integer"),
    _expect("table_column_count_to_be_between", "min_value integer, max_value integer"),
    _expect("table_column_count_to_equal", "value! integer"),
    _expect("table_columns_to_match_set", "column_set! columns, exact_match flag"),
    _expect("table_columns_to_match_ordered_list", "column_list! columns"),
)

EXPECTATIONS: Mapping[str, ExpectationType] = MappingProxyType({known.name: known for known in _TYPES})


def read_parameters(name: str, given: Mapping[str, object]) -> tuple[dict[str, Parameter], list[Problem]]:
    """The typed parameters of an expectation from what a suite's author wrote (``type``, ``where`` etc. taken out).

    Bounds and value sets stay text: only the table's own column says whether they are numbers, dates or words.

    Returns:
        The parameters, and every problem; the key path of a problem starts at the expectation.
    """
    known = EXPECTATIONS.get(name)
    if known is None:
        return {}, [_problem("type", echo(name), one_of(EXPECTATIONS, limit=6), did_you_mean(name, EXPECTATIONS))]
    typed: dict[str, Parameter] = {}
    problems = [
        _problem(key, "nothing", f"{key} ({_expected(known, key)})") for key in sorted(known.required - set(given))
    ]
    for key, value in given.items():
        form = known.parameters.get(key)
        if form is None:
            hint = did_you_mean(key, known.parameters)
            problems.append(_problem(key, f"the parameter {echo(key)}", one_of(known.parameters), hint))
        elif (parameter := _read(form, value, known.choices.get(key))) is None:
            problems.append(_problem(key, echo(value), _expected(known, key)))
        else:
            typed[key] = parameter
    return typed, problems


def is_bound(text: str) -> bool:
    """Whether a bound is a number, an ISO date or an ISO instant."""
    if _NUMBER.fullmatch(text):
        return True
    for parse in (date.fromisoformat, datetime.fromisoformat):
        try:
            parse(text)
        except ValueError:
            continue
        return True
    return False


def _read(form: Form, value: object, choices: tuple[str, ...] | None) -> Parameter | None:
    """The typed value, or None where it does not have the form."""
    if form in ("columns", "texts", "values"):
        return list(value) if isinstance(value, list) and value and _all_text(value) else None
    if form == "pairs":
        whole = isinstance(value, list) and all(
            isinstance(pair, list) and len(pair) == 2 and _all_text(pair) for pair in value
        )
        return [list(pair) for pair in value] if isinstance(value, list) and value and whole else None
    if not isinstance(value, str) or (choices and value not in choices):
        return None
    return _read_scalar(form, value)


def _read_scalar(form: Form, text: str) -> Parameter | None:
    if form == "integer":
        return int(text) if _INTEGER.fullmatch(text) else None
    if form == "number":
        return float(text) if _NUMBER.fullmatch(text) else None
    if form == "share":
        return float(text) if _NUMBER.fullmatch(text) and 0 <= float(text) <= 1 else None
    if form == "flag":
        return _BOOLEANS.get(text)
    if form == "bound":
        return text if is_bound(text) else None
    return text or None


def _all_text(values: list[object]) -> bool:
    return all(isinstance(value, str) for value in values)


def _expected(known: ExpectationType, key: str) -> str:
    if key in known.choices:
        return one_of(known.choices[key])
    return {
        "column": "the name of a column",
        "columns": "a list of column names",
        "integer": "a whole number",
        "number": "a number",
        "share": "a share from 0 to 1, such as 0.999",
        "flag": "true or false",
        "text": "text",
        "texts": "a list of texts",
        "bound": "a number, a date or an instant",
        "values": "a list of values",
        "pairs": "a list of pairs of values",
    }[known.parameters[key]]


def _problem(path: str, got: str, expected: str, hint: str | None = None) -> Problem:
    return Problem(Location(path=path), got, expected, hint)
