"""New deliveries of events against what their table has: which count from now on, and which rows they put out."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from plateia.catalogue import EventType
from transforms.warehouse.tables.events import EVENT, greater_event
from transforms.warehouse.tables.winners import winners

_STANDS, _HASH = "stands", "key_hash"


def matching(many: DataFrame, few: DataFrame, *, on: Sequence[str]) -> DataFrame:
    """The rows of ``many`` whose columns ``on`` (texts, never null) are those of a row of ``few``, far smaller.

    Nearly no row is: a look-up by a hash of the last of them rules it out at a fraction of the cost of the texts.
    """
    number = F.xxhash64(on[-1])
    maybe = many.withColumn(_HASH, number).join(few.select(number.alias(_HASH)), on=_HASH, how="left_semi").drop(_HASH)
    return maybe.join(few.select(*on), on=list(on), how="left_semi")


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
