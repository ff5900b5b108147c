"""The accepted rows of a source as its table keeps them: this delivery's, and those of before that still count."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from plateia.declarations.sources import ConsentsSource, EventsSource, PeopleSource, RelationSource
from transforms.warehouse.rows.casts import fitted
from transforms.warehouse.rows.normalise import LATEST, PersonSource
from transforms.warehouse.tables.people import PERSON
from transforms.warehouse.tables.winners import winners

_DELIVERED = "delivered"  # metadata of the column site: the schema that the rows came with


def accepted_rows(
    delivered: DataFrame,
    before: DataFrame | None,
    source: PersonSource,
    *,
    sites: Collection[str] | None,
    schema: Mapping[str, str],
) -> DataFrame:
    """The rows of ``accepted_<source>`` after a delivery.

    A snapshot replaces what was there. With ``load: append`` what was there stays: people by ``latest_by`` or, without
    it, by the newest delivery; of other kinds each distinct row.

    Args:
        delivered: The accepted rows of the delivery.
        before: The table as the last refresh has pinned it; None before the first.
        sites: The sites that this refresh is about; rows of others stay as they are. None: all.
        schema: Column -> Spark type as delivered, kept with the rows.
    """
    rows = delivered.select(*kept_columns(delivered, source))
    if before is not None:
        old = _aligned(before, rows, source)
        kept = old.where(~F.col("site").isin(*sites)) if sites is not None else None
        if source.load == "append":
            mine = old.where(F.col("site").isin(*sites)) if sites is not None else old
            rows = _added(rows, mine, source)
        rows = rows if kept is None else rows.unionByName(kept)
    return rows.withMetadata("site", {_DELIVERED: json.dumps(dict(schema))})


def delivered_schema(accepted: DataFrame) -> dict[str, str] | None:
    """The schema that the rows of ``accepted_<source>`` were delivered with."""
    text = accepted.schema["site"].metadata.get(_DELIVERED)
    return None if text is None else dict(json.loads(text))


def _added(rows: DataFrame, before: DataFrame, source: PersonSource) -> DataFrame:
    if not isinstance(source, PeopleSource):
        return before.unionByName(rows).distinct()
    if source.latest_by is not None:
        return winners(before.unionByName(rows), same=PERSON, by=(LATEST, *source.traits))
    return rows.unionByName(before.join(rows.select(*PERSON), on=list(PERSON), how="left_anti"))


def keeps_history(source: PersonSource) -> bool:
    """Whether a delivery only adds rows: older ones stay as they are, and readers tell which of two counts."""
    return source.load == "append" and not isinstance(source, PeopleSource)


def key_columns(source: PersonSource) -> tuple[str, ...]:
    """What the rows of a source have between the site and the declared columns."""
    match source:
        case PeopleSource():
            return ("person_id",)
        case EventsSource():
            return ("person_id", "at", "event_id")
        case ConsentsSource():
            return ("person_id", "at")
        case RelationSource():
            return ("from_key" if source.person_column is None else "person_id", "to_key")


def kept_columns(rows: DataFrame, source: PersonSource) -> list[str]:
    """The columns of the table; what ``latest_by`` compares stays, as later rows of the person are compared with it."""
    latest = [LATEST] if LATEST in rows.columns else []
    return ["site", *key_columns(source), *latest, *source.declared()]


def _aligned(before: DataFrame, rows: DataFrame, source: PersonSource) -> DataFrame:
    columns = []
    for name in rows.columns:
        if name in source.declared():
            columns.append(fitted(name, before, source.declared()[name].type).alias(name))
        elif name in before.columns and before.schema[name].dataType == rows.schema[name].dataType:
            columns.append(F.col(name))
        else:
            columns.append(F.lit(None).cast(rows.schema[name].dataType).alias(name))
    return before.select(*columns)
