"""The evidence that counts at an instant, as a graph of numbers."""

from __future__ import annotations

from datetime import datetime

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from transforms.identity.rules import Rules

_TYPES = ("type_a", "type_b")


def live_edges(edges: DataFrame, rules: Rules, *, as_of: datetime, salt: int) -> DataFrame:
    """The edges in whose windows as_of lies, each with its score.

    Args:
        edges: Rows of ``identity_edges``.
        as_of: The business instant; the age of an edge ends there.
        salt: Of the numbers of vertices.

    Returns:
        ``a, b`` LONG (equal: seen alone), ``kind_a, kind_b`` INT, the pair, ``source, purpose, verified, confidence``,
        ``score`` DOUBLE: confidence * 2^(-age / half-life, the shorter of the two) * log2(1 + count), and ``beside``
        INT: the type that ``a`` was seen beside, which is ``kind_b`` unless that value was erased.
    """
    half_life = F.least(*(rules.by_name(F.col(end), lambda kind: kind.half_life) for end in _TYPES))
    # least() passes over nulls: a type without a half-life fades nothing.
    faded = F.when(half_life.isNull(), F.lit(1.0)).otherwise(F.pow(F.lit(2.0), -(_age(as_of) / half_life)))
    score = F.col("confidence") * faded * F.log2(F.lit(1.0) + F.col("count"))
    kinds = [rules.number(F.col(end)) for end in _TYPES]
    is_alone = F.col("token_a") == F.col("token_b")
    return edges.where(is_live(rules, as_of=as_of)).select(
        vertex("token_a", salt).alias("a"),
        vertex("token_b", salt).alias("b"),
        kinds[0].alias("kind_a"),
        F.when(is_alone, kinds[0]).otherwise(kinds[1]).alias("kind_b"),
        kinds[1].alias("beside"),
        "type_a",
        "token_a",
        F.when(is_alone, F.col("type_a")).otherwise(F.col("type_b")).alias("type_b"),
        "token_b",
        "source",
        "purpose",
        "verified",
        "confidence",
        score.alias("score"),
    )


def is_live(rules: Rules, *, as_of: datetime) -> Column:
    """Whether a row of ``identity_edges`` counts: of types that are configured, and no older than their windows."""
    window = F.least(*(rules.by_name(F.col(end), lambda kind: kind.window) for end in _TYPES))
    known = [kind.name for kind in rules.kinds]
    return F.col("type_a").isin(known) & F.col("type_b").isin(known) & (window.isNull() | (_age(as_of) <= window))


def _age(as_of: datetime) -> Column:
    """Microseconds from the last time that evidence was seen."""
    return F.greatest(F.lit(0), F.unix_micros(F.lit(as_of)) - F.unix_micros("last_seen"))


def vertex(token: str, salt: int) -> Column:
    """The number of an identifier; whether two have the same is for the caller to look at."""
    return F.xxhash64(F.lit(salt), F.col(token))
