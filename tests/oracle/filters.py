"""A ``where`` as SQL text, over the row of an event or of a relation."""

from __future__ import annotations

from plateia.rules.tree import Filter, FilterGroup, PropertyTest
from tests.oracle.conditions import Today, holds


def keeps(given: Filter, today: Today, row: str = "happened") -> str:
    """Whether the row that SQL calls ``row`` meets a filter."""
    match given:
        case PropertyTest(name, kind, condition):
            return holds(condition, f'{row}."{name}"', kind, today)
        case FilterGroup(op, items):
            joined = "(" + (" AND " if op == "all" else " OR ").join(keeps(item, today, row) for item in items) + ")"
            return f"(NOT {joined})" if op == "none" else joined
    raise AssertionError(given)
