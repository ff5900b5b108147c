"""Refused rows as text: persons and quasi identifiers as tokens, direct identifiers not at all."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from transforms.warehouse.rows.columns import SourceColumn, SourceRows, join_of
from transforms.warehouse.rows.normalise import REASONS, PersonSource, Tokenise
from transforms.warehouse.rows.tally import is_accepted
from transforms.warehouse.rows.texts import as_text

_UNFIT = re.compile(r"[\x00-\x20,;{}()=]")  # what Delta refuses in the name of a column
_OURS = ("run_id", "reasons")


def refused_texts(rows: SourceRows, source: PersonSource, *, token: Tokenise | None) -> dict[str, Column]:
    """The source's own columns as text, by their names in quarantine.

    The names are the source's, with an underscore for what Delta refuses, and after what would stand there twice.

    Args:
        token: Makes a token of text; without one, persons and quasi identifiers are left out like direct ones.
    """
    declared = source.declared().values()
    personal = {source.person_column, *(column.column for column in declared if column.pii == "quasi")}
    hidden = {column.column for column in declared if column.pii == "direct"}
    texts: dict[str, Column] = {}
    for name, column in rows.columns.items():
        if join_of(source, name) or name in hidden or (name in personal and token is None):
            continue
        text = _text(column)
        texts[_fit_name(name, texts)] = token(text) if token is not None and name in personal else text
    return texts


def refused_rows(normalised: DataFrame, texts: Mapping[str, str], *, run_id: str) -> DataFrame:
    """The refused rows as ``quarantine_<source>`` holds them.

    Args:
        texts: Name in quarantine -> name of the carried column.
    """
    return normalised.where(~is_accepted()).select(
        F.lit(run_id).alias("run_id"),
        F.col(REASONS).alias("reasons"),
        *(F.col(carried).alias(name) for name, carried in texts.items()),
    )


def _text(column: SourceColumn) -> Column:
    if isinstance(column.type, T.ArrayType | T.MapType | T.StructType):
        return F.to_json(column.value)
    return as_text(column.value, column.type)


def _fit_name(name: str, taken: Mapping[str, Column]) -> str:
    fit = _UNFIT.sub("_", name)
    used = {word.lower() for word in (*taken, *_OURS)}
    while fit.lower() in used:
        fit += "_"
    return fit
