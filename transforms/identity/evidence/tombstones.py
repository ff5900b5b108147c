"""Tokens under which nothing is stored any more, and what is left of the rows that name them."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from transforms.identity.evidence.consents import heard
from transforms.identity.evidence.marks import marked

_TOKENS = ("subject", "token_a", "token_b")


def of_erased(signals: DataFrame, tombstones: DataFrame) -> DataFrame:
    """The pairs of rows that name an erased person, with ``is_subject, is_token_a, is_token_b``: where.

    Args:
        signals: Rows of ``identity_signals``.
        tombstones: ``token``.
    """
    rows = marked(signals, tombstones.select("token"), _TOKENS)
    return rows.where(F.col("is_subject") | F.col("is_token_a") | F.col("is_token_b"))


def without_erased(signals: DataFrame, tombstones: DataFrame, words: DataFrame, *, purpose: Column) -> DataFrame:
    """The pairs without erased values, so that they say of everybody else what they said before.

    A pair with an erased end tells that its other end was seen beside a value of that end's type: ``token_b`` is
    ``token_a``, ``type_b`` the erased one's. A row whose subject was erased goes if the subject had withdrawn; it keeps
    ``subject_type`` if the subject had agreed, and nothing if they were silent.

    Args:
        signals: Rows of ``identity_signals``.
        tombstones: ``token``.
        words: Rows of ``identity_words``, with those of the erased.
        purpose: Of a row of ``signals``.
    """
    last = words.join(tombstones.select("token"), on="token", how="left_semi")
    rows = marked(heard(signals.withColumn("purpose", purpose), last), tombstones.select("token"), _TOKENS)
    a, b, subject = (F.col(f"is_{name}") for name in ("token_a", "token_b", "subject"))
    is_withdrawn = subject & ~F.coalesce("granted", F.lit(True))
    left = {
        "token_a": F.when(a, F.col("token_b")).otherwise(F.col("token_a")),
        "token_b": F.when(b, F.col("token_a")).otherwise(F.col("token_b")),
        "type_a": F.when(a, F.col("type_b")).otherwise(F.col("type_a")),
        "type_b": F.when(a, F.col("type_a")).otherwise(F.col("type_b")),
        "subject": F.when(~subject, F.col("subject")),
        "subject_type": F.when(~(subject & F.col("granted").isNull()), F.col("subject_type")),
    }
    kept = rows.where(~(a & b) & ~is_withdrawn)
    return kept.select(*(left.get(name, F.col(name)).alias(name) for name in signals.columns))
