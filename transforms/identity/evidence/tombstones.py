"""Tokens under which nothing is stored any more."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

_ENDS = ("a", "b")
_TOKENS = ("subject", "token_a", "token_b")


def without_erased(signals: DataFrame, tombstones: DataFrame) -> DataFrame:
    """The pairs without erased values: one beside such a value tells only that its other end was seen.

    Rows whose subject was erased are that person's own, and go whole.

    Args:
        signals: Rows of ``identity_signals``.
        tombstones: ``token``.
    """
    marked = _marked(signals, tombstones)
    gone = {end: F.col(f"erased_token_{end}").isNotNull() for end in _ENDS}
    kept = marked.where(F.col("erased_subject").isNull() & ~(gone["a"] & gone["b"]))
    chosen = {
        f"{part}_{end}": F.when(gone[end], F.col(f"{part}_{other}")).otherwise(F.col(f"{part}_{end}"))
        for end, other in (("a", "b"), ("b", "a"))
        for part in ("type", "token")
    }
    return kept.select(*(chosen.get(name, F.col(name)).alias(name) for name in signals.columns))


def alone(signals: DataFrame, end: str) -> DataFrame:
    """The pairs that say that one end, ``a`` or ``b``, was seen: ``type_a, token_a, type_b, token_b``."""
    kind, token = F.col(f"type_{end}"), F.col(f"token_{end}")
    return signals.select(kind.alias("type_a"), token.alias("token_a"), kind.alias("type_b"), token.alias("token_b"))


def of_erased(signals: DataFrame, tombstones: DataFrame) -> DataFrame:
    """The pairs that ``without_erased`` changes or drops."""
    marked = _marked(signals, tombstones)
    erased = [F.col(f"erased_{name}") for name in _TOKENS]
    return marked.where(F.coalesce(*erased).isNotNull()).select(*signals.columns)


def _marked(signals: DataFrame, tombstones: DataFrame) -> DataFrame:
    for name in _TOKENS:
        of_name = tombstones.select(F.col("token").alias(name), F.lit(True).alias(f"erased_{name}"))
        signals = signals.join(of_name, on=name, how="left")
    return signals
