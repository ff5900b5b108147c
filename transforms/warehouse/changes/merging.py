"""New deliveries of events against what their table has: which count from now on, and which rows they put out."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from plateia.catalogue import EventType
from transforms.warehouse.tables.events import EVENT, greater_event
from transforms.warehouse.tables.winners import winners

_STANDS = "stands"


def with_ids_of(known: DataFrame, events: DataFrame) -> DataFrame:
    """The rows (of ``event_<type>``, or its ids alone) with an id of ``events`` (``site, event_id``), far fewer."""
    # Nearly no row has one: a look-up by a number rules it out at a fraction of the cost of one by texts.
    number = F.xxhash64(*EVENT).alias("id_hash")
    maybe = known.select("*", number).join(events.select(number), on="id_hash", how="left_semi").drop("id_hash")
    return maybe.join(events, on=list(EVENT), how="left_semi")


def prevailing(known: DataFrame, added: DataFrame, event: EventType) -> DataFrame:
    """The added events that count: those that the table has not, and those greater than its row.

    Args:
        known: Rows of ``event_<type>``, at least all with an id of ``added``.
        added: One row an event: ``site, person_id, at, event_id`` and the properties.

    Returns:
        Rows of ``added``.
    """
    columns = ["site", "person_id", "at", "event_id", *event.properties]
    standing = known.withColumn("person_id", F.col("source_key")).select(*columns).withColumn(_STANDS, F.lit(True))
    contenders = standing.unionByName(added.select(*columns).withColumn(_STANDS, F.lit(False)))
    best = winners(contenders, same=EVENT, by=[*greater_event(list(event.properties)), _STANDS])
    return best.where(~F.col(_STANDS)).drop(_STANDS)
