"""Consent to linking: a withdrawal takes a person's rows out of the evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from transforms.identity.evidence.pairs import Canonical, Shape

WORDS = ("purpose", "identifier_type", "token")


def spoken(batches: Iterable[pa.RecordBatch], shape: Shape) -> Iterator[pa.RecordBatch]:
    """The words of a log under tokens; those of invalid identifiers are nobody's.

    Args:
        batches: ``site, at, purpose, granted, identifier``.
        shape: Its one type is that of the identifiers.
    """
    kind = shape.kinds[0]
    canonical: Canonical = shape.canonical[kind]
    for batch in batches:
        sites, values = batch["site"].to_pylist(), batch["identifier"].to_pylist()
        words = [canonical(value, shape.countries.get(site)) for site, value in zip(sites, values, strict=True)]
        tokens = [
            None if word is None else shape.keys.wrap(shape.keys.inner(kind, word, site))
            for word, site in zip(words, sites, strict=True)
        ]
        named = pa.repeat(pa.scalar(kind, pa.string()), batch.num_rows)
        columns = [batch["at"], batch["purpose"], named, pa.array(tokens, pa.binary()), batch["granted"]]
        rows = pa.RecordBatch.from_arrays(columns, ["at", *WORDS, "granted"])
        yield rows.filter(pc.is_valid(rows["token"]))


def latest(words: DataFrame) -> DataFrame:
    """The rows of ``identity_words``: the latest word of each; a withdrawal beats a grant of the same instant.

    Args:
        words: ``at, granted, stays`` and what ``WORDS`` names.
    """
    of = F.struct("at", ~F.col("granted"), "stays")
    word = F.max_by(F.struct("granted", "at", "stays"), of)
    return words.groupBy(*WORDS).agg(word.alias("word")).select(*WORDS, "word.*")


def consenting(signals: DataFrame, words: DataFrame, *, silence: bool) -> DataFrame:
    """The pairs of rows whose subject has not withdrawn; those of sources without a purpose need no word.

    A ``subject_type`` without a subject is that of one who had agreed and was erased.

    Args:
        signals: ``purpose, subject_type, subject`` and more.
        silence: What a missing word counts as.
    """
    had_agreed = F.col("subject_type").isNotNull() & F.col("subject").isNull()
    allowed = F.col("purpose").isNull() | had_agreed | F.coalesce("granted", F.lit(silence))
    return heard(signals, words).where(allowed).select(*signals.columns)


def heard(signals: DataFrame, words: DataFrame) -> DataFrame:
    """The pairs with ``granted``: the word of their row's subject on its purpose, null if there is none."""
    said = words.select(
        "purpose", F.col("identifier_type").alias("subject_type"), F.col("token").alias("subject"), "granted"
    )
    return signals.join(said, on=["purpose", "subject_type", "subject"], how="left")


def changed_words(before: DataFrame, now: DataFrame) -> DataFrame:
    """``purpose, identifier_type, token`` whose word is another than before."""
    old = before.select(*WORDS, F.col("granted").alias("old"))
    both = now.select(*WORDS, "granted").join(old, on=list(WORDS), how="full")
    return both.where(~F.col("granted").eqNullSafe(F.col("old"))).select(*WORDS)
