"""What a lookup store answers, as rows: one a value that is somebody's or shared."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

ANSWER = ("person_id", "confidence", "granted", "withdrawn")


def answers(members: DataFrame, shared: DataFrame, words: DataFrame, purposes: Sequence[str]) -> DataFrame:
    """``token, person_id, confidence, granted BIGINT, withdrawn BIGINT``, key ``token``; a shared value is nobody's.

    The word of one of a person's identifiers is the person's; a withdrawal beats a grant.

    Args:
        members, shared, words: Rows of ``identity_members``, ``_shared`` and ``_words``.
        purposes: Whose bits the masks hold, the first the lowest.
    """
    current = members.where(F.col("valid_to").isNull()).select("token", "person_id", "confidence")
    bit = reduce(lambda rest, place: F.when(*_bit(purposes, place)).otherwise(rest), range(len(purposes)), F.lit(0))
    said = words.select("token", "granted", bit.cast("long").alias("bit")).join(
        current.select("token", "person_id"), on="token", how="inner"
    )
    masks = said.groupBy("person_id").agg(
        F.bit_or(F.when(F.col("granted"), F.col("bit")).otherwise(F.lit(0))).alias("granted"),
        F.bit_or(F.when(F.col("granted"), F.lit(0)).otherwise(F.col("bit"))).alias("withdrawn"),
    )
    told = current.join(masks, on="person_id", how="left")
    nothing = F.lit(0).cast("long")
    withdrawn, granted = F.coalesce("withdrawn", nothing), F.coalesce("granted", nothing)
    somebody = told.select(
        "token", "person_id", "confidence", granted.bitwiseAND(F.bitwise_not(withdrawn)), withdrawn
    ).toDF("token", *ANSWER)
    nobody = [F.lit(None).cast("string"), F.lit(None).cast("double"), nothing, nothing]
    return somebody.unionAll(shared.select("token", *nobody))


def changed_rows(before: DataFrame, now: DataFrame, key: str) -> DataFrame:
    """The rows of now that are other than before or new, then those of before whose key is gone, by ``is_gone``."""
    others = [name for name in now.columns if name != key]
    old = before.select(key, F.lit(True).alias("was"), *(F.col(name).alias(f"old_{name}") for name in others))
    both = now.withColumn("is", F.lit(True)).join(old, on=key, how="full")
    same: Column = F.col("is").eqNullSafe(F.col("was"))
    for name in others:
        same = same & F.col(name).eqNullSafe(F.col(f"old_{name}"))
    return both.where(~same).select(*now.columns, F.col("is").isNull().alias("is_gone"))


def _bit(purposes: Sequence[str], place: int) -> tuple[Column, Column]:
    return F.col("purpose") == purposes[place], F.lit(1 << place)
