"""FILTERs as Column expressions: never SQL text, trees balanced; missing values meet nothing but ``missing: true``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal

from pyspark.sql import Column
from pyspark.sql import functions as F

from plateia.errors import ConfigError
from plateia.rules.tree import Condition, Filter, PropertyTest, Test, Value
from transforms.warehouse.rows.casts import spark_type
from transforms.warehouse.rows.vectors import folded, folded_items, full_match

ValueOf = Callable[[PropertyTest], Column]
Combine = Callable[[Column, Column], Column]


def matches(where: Filter, value_of: ValueOf) -> Column:
    """Whether a row matches a filter; never null.

    Args:
        value_of: The column that a test is about, in the test's type.

    Raises:
        ConfigError: A test compares with a moving window, which rows of a source have no as_of for.
    """
    if isinstance(where, PropertyTest):
        return _meets(value_of(where), where, where.condition)
    parts = [matches(item, value_of) for item in where.items]
    if where.op == "all":
        return balanced(parts, lambda a, b: a & b)
    either = balanced(parts, lambda a, b: a | b)
    return ~either if where.op == "none" else either


def balanced(parts: Sequence[Column], combine: Combine) -> Column:
    """Combine as a balanced tree: Spark overflows its stack on a chain of 500."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    return combine(balanced(parts[:middle], combine), balanced(parts[middle:], combine))


def _meets(value: Column, about: PropertyTest, condition: Condition) -> Column:
    tests = [_test(value, about, test, condition.ignore_case) for test in condition.tests]
    return balanced([F.coalesce(test, F.lit(False)) for test in tests], lambda a, b: a & b)


def _test(value: Column, about: PropertyTest, test: Test, ignore_case: bool) -> Column:
    if test.op == "missing":
        return value.isNull() if test.value else value.isNotNull()
    if test.op == "size" and isinstance(test.value, Condition):
        return _meets(F.size(value), about, test.value)
    if test.op in ("window", "anniversary_in") or isinstance(test.value, Condition):
        raise ConfigError.because(f"{test.op} in a filter of rows", expected="a test that does not move with as_of")
    if test.op == "matches":
        return full_match(str(test.value), ignore_case=ignore_case)(value)
    words = test.value if isinstance(test.value, tuple) else (test.value,)
    literals = [_literal(word, about, ignore_case) for word in words if isinstance(word, Value)]
    if test.op in ("any_of", "all_of", "none_of"):
        return _array_test(test.op, folded_items(value) if ignore_case else value, literals)
    return _SCALAR_TESTS[test.op](folded(value) if ignore_case else value, literals)


_SCALAR_TESTS: dict[str, Callable[[Column, Sequence[Column]], Column]] = {
    "eq": lambda value, words: value == words[0],
    "ne": lambda value, words: value != words[0],
    "lt": lambda value, words: value < words[0],
    "lte": lambda value, words: value <= words[0],
    "gt": lambda value, words: value > words[0],
    "gte": lambda value, words: value >= words[0],
    "between": lambda value, words: value.between(words[0], words[1]),
    "in": lambda value, words: value.isin(*words),
    "not_in": lambda value, words: ~value.isin(*words),
    "contains": lambda value, words: value.contains(words[0]),
    "starts_with": lambda value, words: value.startswith(words[0]),
    "ends_with": lambda value, words: value.endswith(words[0]),
}


def _array_test(op: str, value: Column, words: Sequence[Column]) -> Column:
    # A missing array is null in every branch, and so meets none of them.
    if op == "all_of":
        return F.when(value.isNotNull(), F.size(F.array_except(F.array(*words), value)) == 0)
    overlaps = F.arrays_overlap(value, F.array(*words))
    return overlaps if op == "any_of" else ~overlaps


def _literal(word: Value, about: PropertyTest, ignore_case: bool) -> Column:
    if isinstance(word, str):
        return F.lit(word.casefold() if ignore_case else word)
    if isinstance(word, datetime):
        return F.lit(word.isoformat()).cast("timestamp")
    if about.type.kind == "double" and isinstance(word, Decimal | int):
        return F.lit(float(word))
    if about.type.kind == "boolean" or isinstance(word, bool | Decimal | float):
        return F.lit(word)
    return F.lit(word).cast(spark_type(about.type)) if about.type.kind == "date" else F.lit(word)
