"""Which partitions of a table hold other rows than before, without comparing row by row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from plateia.partitions import Key, Part, alike
from transforms.key_sums import halves
from transforms.warehouse.rows.filters import balanced


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


def inside(by: Sequence[str], parts: Iterable[Part]) -> Column:
    """Whether a row is in one of the partitions (values of the columns ``by``); at least one."""
    conditions = [
        balanced([*map(_is, by, leading), F.col(by[-1]).isin(*last)], Column.__and__) for leading, last in alike(parts)
    ]
    return balanced(conditions, Column.__or__)


def _is(column: str, value: Key) -> Column:
    return F.col(column) == F.lit(value)
