"""In how many parts rows are moved, where a plan counts on it."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

SMALL = 2_000_000  # rows of a few narrow columns that every task can hold


def shuffle_parts(frame: DataFrame) -> int:
    """The parts of a shuffle in the frame's session."""
    return int(frame.sparkSession.conf.get("spark.sql.shuffle.partitions") or 1)


def sent_to_all(frame: DataFrame, rows: int) -> DataFrame:
    """A side of a join that every task gets whole, if it is small enough; ``rows`` it has at most."""
    return F.broadcast(frame) if rows <= SMALL else frame
