"""Where every id that was ever given leads."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def redirects_after(before: DataFrame, events: DataFrame) -> DataFrame:
    """The rows of ``identity_redirects``: every id ever given leads in one step to where its person is now.

    Args:
        before: ``person_id, current_person_id``; null for the erased.
        events: ``kind, person_id, other_person_id`` of this run.
    """
    is_new, is_over = F.col("kind").isin("created", "split_from"), F.col("kind").isin("merged_into", "erased")
    moved = events.where(is_over).select(
        F.col("person_id").alias("current_person_id"), F.col("other_person_id").alias("next"), F.lit(True).alias("over")
    )
    known = before.join(moved, on="current_person_id", how="left")
    current = F.when(F.col("over"), F.col("next")).otherwise(F.col("current_person_id"))
    fresh = events.where(is_new).select("person_id", F.col("person_id").alias("current_person_id"))
    return known.select("person_id", current.alias("current_person_id")).unionByName(fresh)
