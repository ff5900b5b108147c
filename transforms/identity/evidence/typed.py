"""The rows of a source of signals as Plateia understands them, each with the reasons why it is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sized

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from plateia.catalogue import ValueType
from plateia.declarations.sources import ConfidenceColumn, SignalsSource, SiteColumn, VerifiedColumn
from transforms.warehouse.rows.casts import present, typed
from transforms.warehouse.rows.columns import UNPARSED, SourceRows
from transforms.warehouse.rows.identity import (
    TIMESTAMP,
    Refusal,
    at_value,
    id_uses,
    person_value,
    require_castable,
    site_value,
    zone_of,
)
from transforms.warehouse.rows.normalise import REASONS, PersonSource, words
from transforms.warehouse.rows.texts import as_id

DELIVERY = "delivery"
_BOOLEAN, _DOUBLE = ValueType("boolean"), ValueType("double")


def identifier_columns(identifiers: Sized) -> list[str]:
    """The names of the identifiers' texts in typed rows, in their order."""
    return [f"identifier_{place}" for place in range(len(identifiers))]


def typed_signals(rows: SourceRows, source: SignalsSource, *, zones: Mapping[str, str]) -> DataFrame:
    """One row a row that is handed in.

    Args:
        rows: Part of the source, joins done; the frame has ``delivery``, too.
        zones: Site -> IANA zone.

    Returns:
        ``delivery, site, at, verified BOOLEAN, confidence DOUBLE``, one text an identifier (null where missing), and
        ``row_reasons ARRAY<STRING>`` (empty: accepted).

    Raises:
        InputError: A column's Spark type can never become what it is declared to be.
    """
    require_castable(rows, _uses(source), source.source)
    site = site_value(rows, source.site, tuple(zones))
    staged = SourceRows(rows.frame.withColumn("row_site", site.value), rows.columns)
    at = at_value(staged[source.at.column], source.at, zone_of(source.at.zone, F.col("row_site"), zones))
    verified, of_verified = _verified(staged, source)
    confidence, of_confidence = _confidence(staged, source)
    texts = [_text(staged, identifier.column) for identifier in source.identifiers]
    nobody = F.coalesce(*texts).isNull()
    refusals = [*site.refusals, *at.refusals, *of_verified, *of_confidence, (nobody, "no identifier")]
    return staged.frame.select(
        DELIVERY,
        F.col("row_site").alias("site"),
        at.value.alias("at"),
        verified.alias("verified"),
        confidence.alias("confidence"),
        *(text.alias(name) for text, name in zip(texts, identifier_columns(source.identifiers), strict=True)),
        F.when(F.col(UNPARSED), F.array(F.lit("the row cannot be parsed"))).otherwise(words(refusals)).alias(REASONS),
    )


def typed_sightings(rows: SourceRows, source: PersonSource, *, zones: Mapping[str, str]) -> DataFrame:
    """Whom a source of the warehouse names, in the shape of ``typed_signals``, each person once a delivery.

    They were seen, nobody says when: ``at`` is null. Rows that the warehouse will refuse are passed over.
    """
    column = str(source.person_column)
    require_castable(rows, id_uses([column]), source.source)
    person, site = person_value(rows[column], column), site_value(rows, source.site, tuple(zones))
    named = rows.frame.where(~F.col(UNPARSED) & person.value.isNotNull() & site.value.isNotNull())
    each = named.select(DELIVERY, site.value.alias("site"), person.value.alias("identifier_0")).distinct()
    return each.select(
        DELIVERY,
        "site",
        F.lit(None).cast("timestamp").alias("at"),
        F.lit(False).alias("verified"),
        F.lit(1.0).alias("confidence"),
        "identifier_0",
        F.array().cast("array<string>").alias(REASONS),
    )


def _text(rows: SourceRows, column: str) -> Column:
    raw = rows[column]
    text = as_id(raw.value, raw.type)
    return F.when(text != "", text)


def _verified(rows: SourceRows, source: SignalsSource) -> tuple[Column, list[Refusal]]:
    if not isinstance(source.verified, VerifiedColumn):
        return F.lit(source.verified), []
    value, failed = _typed(rows, source.verified.column, _BOOLEAN)
    return F.coalesce(value, F.lit(False)), [(failed, f"{source.verified.column}: cannot be cast to boolean")]


def _confidence(rows: SourceRows, source: SignalsSource) -> tuple[Column, list[Refusal]]:
    if not isinstance(source.confidence, ConfidenceColumn):
        return F.lit(float(source.confidence)), []
    name = source.confidence.column
    value, failed = _typed(rows, name, _DOUBLE)
    outside = ~F.coalesce((value > 0) & (value <= 1), F.lit(False))
    reasons = [(failed, f"{name}: cannot be cast to double"), (outside & ~failed, f"{name}: not above 0 and at most 1")]
    return value, reasons


def _typed(rows: SourceRows, column: str, wanted: ValueType) -> tuple[Column, Column]:
    raw = rows[column]
    there = present(raw.value, raw.type, wanted)
    value = typed(there, raw.type, wanted, zone=F.lit("UTC"), naive=False)
    return value, there.isNotNull() & value.isNull()


def _uses(source: SignalsSource) -> list[tuple[str, ValueType]]:
    ids = [identifier.column for identifier in source.identifiers]
    ids += [source.site.column] if isinstance(source.site, SiteColumn) else []
    uses = [*id_uses(ids), (source.at.column, TIMESTAMP)]
    uses += [(source.verified.column, _BOOLEAN)] if isinstance(source.verified, VerifiedColumn) else []
    uses += [(source.confidence.column, _DOUBLE)] if isinstance(source.confidence, ConfidenceColumn) else []
    return uses
