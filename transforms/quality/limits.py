"""Limits of a delivery: how many rows may be refused or repeated, how old it may be, how its schema may change."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from plateia.declarations.suites import Suite
from transforms.quality.results import QualityResult, SuiteFacts

_DECIMAL = re.compile(r"decimal\((\d+),(\d+)\)")
_INTEGER_DIGITS = {"tinyint": 3, "smallint": 5, "int": 10, "bigint": 19}
_WIDER = {
    "tinyint": {"smallint", "int", "bigint", "double"},
    "smallint": {"int", "bigint", "double"},
    "int": {"bigint", "double"},
    "float": {"double"},
}


def check_limits(suite: Suite, facts: SuiteFacts, *, as_of: datetime) -> list[QualityResult]:
    """One result for whether there are rows, and one for every limit that the suite sets."""
    return [
        QualityResult(suite.name, rule, column, "critical", success, observed, facts.rows)
        for rule, column, success, observed in _verdicts(suite, facts, as_of)
    ]


def _verdicts(suite: Suite, facts: SuiteFacts, as_of: datetime) -> Iterator[tuple[str, str | None, bool, str]]:
    limits = suite.limits
    hint = "" if facts.rows or suite.empty else "; a table may be empty only if its suite says `empty: true`"
    yield "rows_exist", None, facts.rows > 0 or suite.empty, f"{facts.rows:,} rows{hint}"
    if limits.quarantined is not None:
        delivered = facts.rows + facts.quarantined
        yield "limit_quarantined", None, *_share(facts.quarantined, delivered, limits.quarantined)
    if limits.duplicates is not None:
        yield "limit_duplicates", None, *_share(facts.duplicates, facts.rows, limits.duplicates)
    for join, most in sorted(limits.unmatched.items()):
        yield "limit_unmatched", join, *_share(facts.unmatched.get(join, 0), facts.rows, most)
    if limits.age is not None:
        yield "limit_age", None, *_age(facts, as_of, limits.age, may_be_empty=suite.empty)
    if limits.schema != "any" and facts.previous_schema is not None:
        changes = schema_changes(facts.previous_schema, facts.schema, widen=limits.schema == "widen")
        yield "limit_schema", None, not changes, "; ".join(changes) or f"{len(facts.schema)} columns, as allowed"


def _share(part: int, whole: int, most: Decimal) -> tuple[bool, str]:
    # Whole numbers on both sides: a limit of 1 % of 300 rows is exactly three rows.
    within = part * most.as_integer_ratio()[1] <= whole * most.as_integer_ratio()[0]
    percent = 100 * part / whole if whole else 0.0
    return within, f"{part:,} of {whole:,} rows ({percent:.3g} %), at most {_percent(most)}"


def _percent(share: Decimal) -> str:
    return f"{(share * 100).normalize():f} %"


def _age(facts: SuiteFacts, as_of: datetime, most: timedelta, *, may_be_empty: bool) -> tuple[bool, str]:
    if facts.newest_at is None:
        return may_be_empty and facts.rows == 0, "no row has a time"
    age = as_of - facts.newest_at
    return age <= most, f"the newest row is {_days(age)} older than as_of, at most {_days(most)}"


def _days(stretch: timedelta) -> str:
    return f"{max(stretch, timedelta()) / timedelta(days=1):.3g} days"


def schema_changes(before: Mapping[str, str], now: Mapping[str, str], *, widen: bool) -> list[str]:
    """What changed in a schema against what is allowed, one phrase a column.

    Args:
        before: Column -> Spark type of the last accepted delivery.
        now: The same of this delivery.
        widen: Whether columns may come, and types may become wider without losing a digit.
    """
    gone = [f"{column} is gone" for column in sorted(set(before) - set(now))]
    new = [] if widen else [f"{column} is new" for column in sorted(set(now) - set(before))]
    changed = [
        f"{column} was {before[column]} and is {now[column]}"
        for column in sorted(set(before) & set(now))
        if before[column] != now[column] and not (widen and is_wider(before[column], now[column]))
    ]
    return gone + new + changed


def is_wider(before: str, now: str) -> bool:
    """Whether every value of one Spark type is exactly a value of the other (integers to double: up to int)."""
    if now in _WIDER.get(before, ()):
        return True
    to = _DECIMAL.fullmatch(now)
    if to is None:
        return False
    precision, scale = int(to[1]), int(to[2])
    if before in _INTEGER_DIGITS:
        return precision - scale >= _INTEGER_DIGITS[before]
    since = _DECIMAL.fullmatch(before)
    return since is not None and scale >= int(since[2]) and precision - scale >= int(since[1]) - int(since[2])
