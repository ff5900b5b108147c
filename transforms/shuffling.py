"""In how many parts rows are moved, where a plan counts on it."""

from __future__ import annotations

from pyspark.sql import DataFrame


def shuffle_parts(frame: DataFrame) -> int:
    """The parts of a shuffle in the frame's session."""
    return int(frame.sparkSession.conf.get("spark.sql.shuffle.partitions") or 1)
