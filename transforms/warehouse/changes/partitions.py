"""Which partitions of a table hold other rows than before, without comparing row by row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from transforms.key_sums import halves
from transforms.warehouse.rows.filters import balanced

Key = str | date | int  # of a partition


def differing(before: DataFrame, now: DataFrame, *, by: Sequence[str]) -> DataFrame:
    """The partitions whose rows are not the same, as often, in any order.

    Args:
        before: Rows with the same columns as ``now``.
        by: The columns that tell partitions apart, never null; without any, all rows are one.

    Returns:
        One row a partition that differs: the columns ``by``, and ``rows``, how many there are now.
    """
    old, new = _digests(before, now.columns, by), _digests(now, now.columns, by)
    digest = [column for column in new.columns if column not in by]
    renamed = old.select(*by, *(F.col(column).alias(f"old_{column}") for column in digest))
    joined = new.join(renamed, on=list(by), how="full_outer") if by else new.crossJoin(renamed)
    same = F.lit(True)
    for column in digest:
        same = same & F.col(column).eqNullSafe(F.col(f"old_{column}"))
    return joined.where(~same).select(*by, F.coalesce("rows", F.lit(0)).alias("rows"))


def _digests(rows: DataFrame, columns: Sequence[str], by: Sequence[str]) -> DataFrame:
    """One row a partition: how many rows, and sums of 128 bits of hash of each."""
    hashed = rows.select(*by, *(value.alias(f"hash_{place}") for place, value in enumerate(_hashes(rows, columns))))
    # Sums, so that repeated rows do not cancel out.
    sums = [
        F.sum(half).alias(f"{name}_{place}")
        for name in ("hash_0", "hash_1")
        for place, half in enumerate(halves(F.col(name)))
    ]
    return hashed.groupBy(*by).agg(F.count("*").alias("rows"), *sums)


def _hashes(rows: DataFrame, columns: Sequence[str]) -> tuple[Column, Column]:
    """128 bits of a row's values: Spark's hash leaves nulls out and runs arrays together, so both are told apart."""
    types = {field.name: field.dataType for field in rows.schema.fields}
    named = [F.col(f"`{column}`") for column in columns]
    present = F.concat(*(F.when(value.isNull(), "0").otherwise("1") for value in named))
    sizes = [
        F.coalesce(F.size(value), F.lit(-1))
        for value, name in zip(named, columns, strict=True)
        if isinstance(types[name], T.ArrayType)
    ]
    return F.xxhash64(*named, present, *sizes), F.xxhash64(F.lit(1), *named, present, *sizes)


def inside(by: Sequence[str], parts: Iterable[Sequence[Key]]) -> Column:
    """Whether a row is in one of the partitions (values of the columns ``by``); at least one."""
    conditions = [
        balanced([*map(_is, by, leading), F.col(by[-1]).isin(*last)], Column.__and__) for leading, last in _alike(parts)
    ]
    return balanced(conditions, Column.__or__)


def condition(by: Sequence[str], parts: Iterable[Sequence[Key]]) -> str:
    """The same as text, which is all that Delta takes where it replaces partitions."""
    return _either(
        [
            " AND ".join(
                [
                    *(f"`{column}` = {_literal(value)}" for column, value in zip(by, leading, strict=False)),
                    f"`{by[-1]}` IN ({', '.join(map(_literal, last))})",
                ]
            )
            for leading, last in _alike(parts)
        ]
    )


def _is(column: str, value: Key) -> Column:
    return F.col(column) == F.lit(value)


def _alike(parts: Iterable[Sequence[Key]]) -> list[tuple[tuple[Key, ...], list[Key]]]:
    """Partitions that differ in their last value alone, together: there may be thousands of blocks."""
    alike: dict[tuple[Key, ...], set[Key]] = {}
    for *leading, last in parts:
        alike.setdefault(tuple(leading), set()).add(last)
    return [(leading, sorted(last, key=str)) for leading, last in sorted(alike.items(), key=str)]


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
