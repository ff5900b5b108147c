"""Ordinals: dense numbers of persons within a site, given once and never given again."""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from transforms.warehouse.tables.people import PERSON

PERSON_HASH = "person_hash"


def unnumbered(universe: DataFrame, ordinals: DataFrame) -> DataFrame:
    """``site, person_id`` of those who have no ordinal yet."""
    return universe.join(ordinals.select(*PERSON), on=list(PERSON), how="left_anti")


def numbered(newcomers: DataFrame, ordinals: DataFrame, *, run_id: str) -> DataFrame:
    """The rows of ``person_ordinals`` for newcomers: the next ordinals of their site, by person id in byte order.

    Args:
        newcomers: ``site, person_id``, each once, none of them in ``ordinals``.
        ordinals: ``site, ordinal`` given so far, retired ones included.
    """
    used = ordinals.groupBy("site").agg((F.max("ordinal") + 1).alias("used"))
    # Spark orders text by its UTF-8 bytes.
    place = F.row_number().over(Window.partitionBy("site").orderBy("person_id")) - 1
    return newcomers.join(used, on="site", how="left").select(
        "site",
        "person_id",
        (F.coalesce(F.col("used"), F.lit(0)) + place).cast("int").alias("ordinal"),
        F.lit(run_id).alias("given_run"),
        F.lit(None).cast("string").alias("retired_run"),
    )


def retire(ordinals: DataFrame, gone: DataFrame, *, run_id: str) -> DataFrame:
    """The rows of ``person_ordinals`` with those of persons who are nobody any more retired: without their ids.

    Args:
        gone: ``person_id``.
    """
    marked = ordinals.join(gone.select("person_id", F.lit(True).alias("gone")), on="person_id", how="left")
    is_gone = F.col("gone").isNotNull()
    return marked.select(
        "site",
        F.when(~is_gone, F.col("person_id")).alias("person_id"),
        "ordinal",
        "given_run",
        F.when(is_gone, F.coalesce("retired_run", F.lit(run_id))).otherwise(F.col("retired_run")).alias("retired_run"),
    )


def by_hash(ordinals: DataFrame) -> DataFrame:
    """``person_hash, ordinal`` of everyone: a number is moved and found at half the cost of two texts.

    Rows are numbered by it only where no two persons share a hash, and everyone whom they name is among ``ordinals``.
    """
    known = ordinals.where(F.col("person_id").isNotNull())
    return known.select(F.xxhash64(*PERSON).alias(PERSON_HASH), "ordinal")


def with_ordinals(rows: DataFrame, ordinals: DataFrame) -> DataFrame:
    """The rows about people with their ``ordinal``; without those of whom ``ordinals`` knows nothing.

    Args:
        rows: ``site, person_id`` and more.
        ordinals: ``site, person_id, ordinal``, or what ``by_hash`` makes of it.
    """
    if PERSON_HASH not in ordinals.columns:
        return rows.join(ordinals.select(*PERSON, "ordinal"), on=list(PERSON), how="inner")
    hashed = rows.withColumn(PERSON_HASH, F.xxhash64(*PERSON))
    return hashed.join(ordinals, on=PERSON_HASH, how="inner").drop(PERSON_HASH)
