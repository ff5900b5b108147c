"""Consents: the words of all sources about the people of the universe, each once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from plateia.tables import BLOCK_BITS, CONSENTS
from transforms.warehouse.tables.people import PERSON

WORD = ("site", "ordinal", "purpose", "at", "granted")


def words_of(sources: Sequence[DataFrame]) -> DataFrame:
    """``site, person_id, at, purpose, granted`` of all sources, each word once."""
    columns = (*PERSON, "at", "purpose", "granted")
    return reduce(DataFrame.unionByName, (rows.select(*columns) for rows in sources)).distinct()


def consent_rows(words: DataFrame, living: DataFrame) -> DataFrame:
    """The rows of ``consents``; words about people outside the universe are left out.

    Args:
        words: ``site, person_id, at, purpose, granted``.
        living: ``site, person_id, ordinal`` of the universe.
    """
    numbered = words.join(living.select(*PERSON, "ordinal"), on=list(PERSON), how="inner")
    placed = numbered.withColumn("block", F.shiftright("ordinal", BLOCK_BITS))
    return placed.select(*CONSENTS.schema.names)
