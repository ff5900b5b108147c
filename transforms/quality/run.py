"""A suite run on a table: limits from the facts handed in, expectations by Great Expectations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from plateia.declarations.suites import Suite
from plateia.rules.tree import Filter, PropertyTest
from transforms.quality.defaults import columns_of
from transforms.quality.engine import validate
from transforms.quality.fit import Fitted, UnfitError, fit
from transforms.quality.keys import is_default, judge_default
from transforms.quality.limits import check_limits
from transforms.quality.results import MET, NOT_MET, QualityResult, SuiteFacts

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

_STRUCTURAL = ("expect_table_", "expect_column_to_exist", "expect_column_type_to_be")
_COUNT_NONE: tuple[str, Mapping[str, Fitted]] = ("expect_table_row_count_to_equal", {"value": 0})


def run_suite(frame: DataFrame, suite: Suite, *, facts: SuiteFacts, as_of: datetime) -> list[QualityResult]:
    """Judge a table by its suite.

    Args:
        frame: The rows: a source's accepted rows before deduplication, under the names of their properties, or the
            staged rows of a table. It is read about three times, and again for each distinct ``where``; nothing is
            cached here.
        suite: The declared suite of the table, or its default.
        facts: Quantities that the rows do not tell.
        as_of: The instant that ages are counted from.

    Returns:
        One result a limit and an expectation, in the suite's order. Without rows no expectation is asked, since most
        are true of nothing: ``rows_exist`` stands alone and fails, unless the suite allows it. A ``where`` that no
        row matches is no failure.
    """
    results = check_limits(suite, facts, as_of=as_of)
    if facts.rows == 0 and not suite.empty:
        return results
    if is_default(suite) and all(set(columns_of(each)) <= set(frame.columns) for each in suite.expectations):
        return results + judge_default(frame, suite, facts)
    answers: dict[int, tuple[bool, str]] = {}
    fitted: dict[int, dict[str, Fitted]] = {}
    for position, expectation in enumerate(suite.expectations):
        try:
            fitted[position] = fit(expectation, frame.schema)
        except UnfitError as reason:
            answers[position] = (False, str(reason))
    for where in dict.fromkeys(suite.expectations[position].where for position in fitted):
        positions = [position for position in fitted if suite.expectations[position].where == where]
        asked = [(suite.expectations[position].type, fitted[position]) for position in positions]
        answers.update(zip(positions, _answers(_matching(frame, where), asked), strict=True))
    return results + [
        QualityResult(suite.name, e.type, ", ".join(columns_of(e)) or None, e.severity, *answers[position], facts.rows)
        for position, e in enumerate(suite.expectations)
    ]


def _matching(frame: DataFrame, where: Filter | None) -> DataFrame:
    """The rows that a filter keeps, as a frame of their own: the library's own row conditions are SQL text."""
    if where is None:
        return frame
    from pyspark.sql import functions as F

    from transforms.warehouse.rows.filters import matches

    def value_of(test: PropertyTest) -> Column:
        column = F.col(test.property)
        return F.when(~F.isnan(column), column) if test.type.kind == "double" else column

    return frame.where(matches(where, value_of))


def _answers(part: DataFrame, asked: Sequence[tuple[str, Mapping[str, Fitted]]]) -> list[tuple[bool, str]]:
    """Whether each expectation is met, and in which words; rows that are not there meet whatever is said of values."""
    no_rows, *verdicts = validate(part, [_COUNT_NONE, *asked])
    return [
        (True, "there is no row to look at") if no_rows and not name.startswith(_STRUCTURAL) else _answer(verdict)
        for (name, _), verdict in zip(asked, verdicts, strict=True)
    ]


def _answer(verdict: bool | None) -> tuple[bool, str]:
    if verdict is None:
        return False, "it could not be evaluated"
    return verdict, MET if verdict else NOT_MET
