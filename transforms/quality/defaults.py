"""The suites that hold where a company has written none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from plateia.declarations.suites import Expectation, Limits, Suite
from plateia.errors import Location


def input_suite(suites: Iterable[Suite], source: str, *, columns: Iterable[str]) -> Suite:
    """The suite of a source's accepted rows; the default: not empty, and the declared columns are there."""
    declared = next((suite for suite in suites if suite.input == source), None)
    exist = tuple(_expect("expect_column_to_exist", column=column) for column in columns)
    return declared or _default(source, input=source, expectations=exist)


def table_suite(suites: Iterable[Suite], table: str, *, keys: Sequence[str], is_unique: bool = True) -> Suite:
    """The suite of a staged table; the default: not empty, its keys present and, together, unique."""
    declared = next((suite for suite in suites if suite.table == table), None)
    present = tuple(_expect("expect_column_values_to_not_be_null", column=key) for key in keys)
    unique = (
        _expect("expect_column_values_to_be_unique", column=keys[0])
        if len(keys) == 1
        else _expect("expect_compound_columns_to_be_unique", column_list=list(keys))
    )
    return declared or _default(table, table=table, expectations=(*present, unique) if is_unique else present)


def columns_of(expectation: Expectation) -> tuple[str, ...]:
    """The columns that an expectation looks at, in the order of its parameters; none if it is about the table."""
    named: list[str] = []
    for key in ("column", "column_A", "column_B", "column_list", "column_set"):
        match expectation.parameters.get(key):
            case str(name):
                named.append(name)
            case list(names):
                named += [str(name) for name in names]
    return tuple(named)


def _expect(type: str, **parameters: str | list[str]) -> Expectation:
    return Expectation(type, parameters)


def _default(
    name: str, *, expectations: tuple[Expectation, ...], input: str | None = None, table: str | None = None
) -> Suite:
    return Suite(f"default-{name}", input, table, False, Limits(), expectations, Location())
