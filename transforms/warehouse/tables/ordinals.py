"""Ordinals: dense numbers of persons within a site, given once and never given again."""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from transforms.warehouse.tables.people import PERSON


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
