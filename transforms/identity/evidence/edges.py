"""Edges: the evidence for two identifiers, a source and a purpose at a time."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

PAIR = ("type_a", "token_a", "type_b", "token_b")
KEY = (*PAIR, "source", "purpose", "verified")


def edges_of(signals: DataFrame) -> DataFrame:
    """Evidence as a multiset: one row a pair, source, purpose and whether it is proven.

    Args:
        signals: ``source, purpose, at, verified, confidence`` and the pair; one that is its own partner was seen alone.

    Returns:
        The columns of ``identity_edges``; ``count`` are the distinct instants.
    """
    key = list(KEY)
    instants = signals.groupBy(*key, "at").agg(F.max("confidence").alias("confidence"))
    return instants.groupBy(*key).agg(
        F.min("at").alias("first_seen"),
        F.max("at").alias("last_seen"),
        F.count("*").alias("count"),
        F.max("confidence").alias("confidence"),
    )
