"""What new evidence touches: the persons who must be told anew, and nobody else."""

from __future__ import annotations

from datetime import datetime

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from transforms.identity.evidence.live import is_live, vertex
from transforms.identity.guard.sharing import RULE as SHARING
from transforms.identity.rules import Rules

_JOINED = ("a", "b", "beside")
_WEIGHT = ("proven", "confidence")


def weighed(live: DataFrame) -> DataFrame:
    """What each pair's live evidence means for who is one person, age aside: ``a, b, beside, proven, confidence``."""
    return live.groupBy(*_JOINED).agg(F.max("verified").alias("proven"), F.max("confidence").alias("confidence"))


def differing_pairs(before: DataFrame, now: DataFrame) -> DataFrame:
    """``a, b`` of the pairs that live evidence joins otherwise than before.

    Args:
        before, now: What ``live_edges`` returns of the same pairs, then and now.
    """
    old = weighed(before).select(*_JOINED, *(F.col(name).alias(f"old_{name}") for name in _WEIGHT))
    both = weighed(now).join(old, on=list(_JOINED), how="full")
    same = F.lit(True)
    for name in _WEIGHT:
        same = same & F.col(name).eqNullSafe(F.col(f"old_{name}"))
    return both.where(~same).select("a", "b")


def has_aged(rules: Rules, *, before: datetime, now: datetime) -> Column:
    """Whether an edge fell out of its window, or came back into it, with time alone."""
    return is_live(rules, as_of=before) != is_live(rules, as_of=now)


def numbers_of(edges: DataFrame, *, salt: int) -> DataFrame:
    """``a, b`` of rows of ``identity_edges``, each pair once."""
    return edges.select(vertex("token_a", salt).alias("a"), vertex("token_b", salt).alias("b")).distinct()


def touched(pairs: DataFrame) -> DataFrame:
    """``vertex`` of both ends of some pairs, each once."""
    return pairs.select(F.explode(F.array("a", "b")).alias("vertex")).distinct()


def is_of_caps() -> Column:
    """Whether a refused edge was refused in a replay, whose order changes with age."""
    return ~F.col("rule").endswith(f".{SHARING}")
