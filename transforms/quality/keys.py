"""The default suites in one pass, without Great Expectations: columns that are there, keys present and unique."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from plateia.declarations.suites import Expectation, Suite
from plateia.errors import Location
from transforms.quality.defaults import columns_of
from transforms.quality.results import MET, NOT_MET, QualityResult, SuiteFacts

_TYPES = (
    "expect_column_to_exist",
    "expect_column_values_to_not_be_null",
    "expect_column_values_to_be_unique",
    "expect_compound_columns_to_be_unique",
)
_PARAMETERS = {"column", "column_list"}

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def is_default(suite: Suite) -> bool:
    """Whether nobody has written the suite: it stands in no file, and asks for what defaults ask for."""
    plain = all(e.type in _TYPES and e.where is None and e.parameters.keys() <= _PARAMETERS for e in suite.expectations)
    keys = {column for e in suite.expectations if _reads(e) for column in columns_of(e)}
    unique = [set(columns_of(e)) for e in suite.expectations if "unique" in e.type]
    return suite.place == Location() and plain and all(columns == keys for columns in unique)


def judge_default(frame: DataFrame, suite: Suite, facts: SuiteFacts) -> list[QualityResult]:
    """What the expectations of a default suite say, by their names in Great Expectations.

    Keys are told apart by 128 bits of hash. What no row is there for is met.
    """
    keys = list(dict.fromkeys(column for e in suite.expectations if _reads(e) for column in columns_of(e)))
    missing, is_unique = _look(frame, keys, facts) if keys else (set[str](), True)
    return [
        QualityResult(
            suite.name, e.type, ", ".join(columns_of(e)) or None, e.severity, met, MET if met else NOT_MET, facts.rows
        )
        for e in suite.expectations
        for met in [_is_met(e, frame.columns, missing, is_unique=is_unique)]
    ]


def _reads(expectation: Expectation) -> bool:
    return expectation.type != "expect_column_to_exist"


def _is_met(expectation: Expectation, columns: list[str], missing: set[str], *, is_unique: bool) -> bool:
    if not _reads(expectation):
        return set(columns_of(expectation)) <= set(columns)
    if expectation.type == "expect_column_values_to_not_be_null":
        return not set(columns_of(expectation)) & missing
    return is_unique


def _look(frame: DataFrame, keys: list[str], facts: SuiteFacts) -> tuple[set[str], bool]:
    """The keys that are null somewhere, and whether no two rows have the same ones."""
    from pyspark.sql import functions as F

    from transforms.key_sums import KeySums, key_hash, sums

    # Nearly always all is well, and 64 bits that all differ are of keys that all differ: half the work of what follows.
    number = key_hash(keys)
    missing = F.count_if(reduce(or_, (F.col(name).isNull() for name in keys))).alias("missing")
    if facts.keys is not None:
        # Nothing is moved: as many rows, and the same sums, as keys that have been found to differ.
        found = frame.agg(*sums(number), missing).collect()[0]
        if KeySums(found["rows"], found["low"], found["high"]) == facts.keys and not found["missing"]:
            return set(), True
    quick = frame.agg(F.count("*").alias("rows"), F.count_distinct(number).alias("distinct"), missing).collect()[0]
    if quick["distinct"] == quick["rows"] and not quick["missing"]:
        return set(), True
    present = F.concat(*(F.when(F.col(key).isNull(), "0").otherwise("1") for key in keys))
    hashed = frame.select(
        F.xxhash64(*keys, present).alias("low"), F.xxhash64(F.lit(1), *keys, present).alias("high"),
        *(F.col(name).isNull().alias(f"no_{place}") for place, name in enumerate(keys)),
    )  # fmt: skip
    flags = [f"no_{place}" for place in range(len(keys))]
    groups = hashed.groupBy("low", "high").agg(
        F.count("*").alias("n"), *(F.bool_or(flag).alias(flag) for flag in flags)
    )
    row = groups.agg(F.max("n").alias("most"), *(F.bool_or(flag).alias(flag) for flag in flags)).collect()[0]
    return {key for key, flag in zip(keys, flags, strict=True) if row[flag]}, (row["most"] or 0) <= 1
