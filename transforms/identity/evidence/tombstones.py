"""Tokens under which nothing is stored any more."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from transforms.identity.evidence.marks import marked, without_ends

_TOKENS = ("subject", "token_a", "token_b")


def without_erased(signals: DataFrame, tombstones: DataFrame) -> DataFrame:
    """The pairs without erased values: one beside such a value tells only that its other end was seen.

    Rows whose subject was erased are that person's own, and go whole.

    Args:
        signals: Rows of ``identity_signals``.
        tombstones: ``token``.
    """
    rows = marked(signals, tombstones.select("token"), _TOKENS)
    gone = {end: F.col(f"is_token_{end}") for end in ("a", "b")}
    kept = rows.where(~F.col("is_subject") & ~(gone["a"] & gone["b"]))
    return kept.select(*without_ends(signals, gone, ("type_a", "token_a")))


def alone(signals: DataFrame, end: str) -> DataFrame:
    """The pairs that say that one end, ``a`` or ``b``, was seen: ``type_a, token_a, type_b, token_b``."""
    kind, token = F.col(f"type_{end}"), F.col(f"token_{end}")
    return signals.select(kind.alias("type_a"), token.alias("token_a"), kind.alias("type_b"), token.alias("token_b"))


def of_erased(signals: DataFrame, tombstones: DataFrame) -> DataFrame:
    """The pairs that ``without_erased`` changes or drops."""
    rows = marked(signals, tombstones.select("token"), _TOKENS)
    is_erased = F.col("is_subject") | F.col("is_token_a") | F.col("is_token_b")
    return rows.where(is_erased).select(*signals.columns)
