"""Partitions of tables by their values, and conditions that pick them out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

Key = str | date | int  # of a partition
Part = Sequence[Key]  # values of the columns that a table is partitioned by


def condition(by: Sequence[str], parts: Iterable[Part]) -> str:
    """Whether a row is in one of the partitions, as the text that Delta takes where it replaces some; at least one."""
    return _either(
        [
            " AND ".join(
                [
                    *(f"`{column}` = {_literal(value)}" for column, value in zip(by, leading, strict=False)),
                    f"`{by[-1]}` IN ({', '.join(map(_literal, last))})",
                ]
            )
            for leading, last in alike(parts)
        ]
    )


def alike(parts: Iterable[Part]) -> list[tuple[tuple[Key, ...], list[Key]]]:
    """Partitions that differ in their last value alone, together: there may be thousands of blocks."""
    found: dict[tuple[Key, ...], set[Key]] = {}
    for *leading, last in parts:
        found.setdefault(tuple(leading), set()).add(last)
    return [(leading, sorted(last, key=str)) for leading, last in sorted(found.items(), key=str)]


def _either(conditions: Sequence[str]) -> str:
    """Nested in halves: Spark overflows its stack on a chain of 500."""
    if len(conditions) == 1:
        return conditions[0]
    middle = len(conditions) // 2
    return f"({_either(conditions[:middle])}) OR ({_either(conditions[middle:])})"


def _literal(value: Key) -> str:
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    return str(value) if isinstance(value, int) else "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
