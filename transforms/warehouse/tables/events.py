"""Events: the accepted rows of all sources of a type, one row an event, joined to ordinals and laid out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from plateia.catalogue import EventType
from plateia.tables import BLOCK_BITS
from transforms.warehouse.rows.casts import fitted
from transforms.warehouse.tables.ordinals import with_ordinals
from transforms.warehouse.tables.periods import Period
from transforms.warehouse.tables.winners import winners

EVENT = ("site", "event_id")
_DAY_US = 86_400_000_000


def greater_event(properties: Sequence[str]) -> list[str]:
    """What decides between two deliveries of an event: the later ``at``, then the declared columns in their order."""
    return ["at", "person_id", *properties]


def union_of(sources: Sequence[DataFrame], event: EventType) -> DataFrame:
    """The accepted rows of all sources of a type, with the type's properties; one that a source lacks is missing."""
    return reduce(DataFrame.unionByName, (_with_properties(rows, event) for rows in sources))


def one_row_an_event(rows: DataFrame, event: EventType) -> DataFrame:
    """One row a (site, event_id): the later ``at`` wins, then the greater row."""
    return winners(rows, same=EVENT, by=greater_event(list(event.properties)))


def event_rows(events: DataFrame, ordinals: DataFrame, event: EventType, periods: Mapping[str, Period]) -> DataFrame:
    """The rows of ``event_<type>``.

    Args:
        events: One row an event: ``site, person_id, at, event_id`` and the properties.
        ordinals: The ordinals of at least everyone who is named, as ``with_ordinals`` takes them.
        periods: Site -> how long a partition is.
    """
    return with_ordinals(events, ordinals).select(
        "site",
        _period(periods).alias("period"),
        F.shiftright("ordinal", BLOCK_BITS).alias("block"),
        "ordinal",
        "at",
        "event_id",
        F.col("person_id").alias("source_key"),
        *sorted(event.properties),
    )


def laid_out(rows: DataFrame, partition_by: Sequence[str], sort_by: Sequence[str]) -> DataFrame:
    """The same rows, each partition in one task and sorted, so that it becomes one file."""
    return rows.repartition(*partition_by).sortWithinPartitions(*partition_by, *sort_by)


def _with_properties(rows: DataFrame, event: EventType) -> DataFrame:
    columns = [fitted(name, rows, attribute.type).alias(name) for name, attribute in event.properties.items()]
    return rows.select("site", "person_id", "at", "event_id", *columns)


def _period(periods: Mapping[str, Period]) -> Column:
    """The first day (UTC) of the event's week, month or year, as its site has it."""
    # A cast to date costs Spark a look at the calendar of the zone, row by row.
    micros = F.unix_micros("at")
    midnight = micros - F.pmod(micros, F.lit(_DAY_US))
    day = F.date_from_unix_date(F.round(midnight / F.lit(_DAY_US)).cast("int"))
    first_day = F.lit(None).cast("date")
    for site, period in sorted(periods.items()):
        first_day = F.when(F.col("site") == site, F.trunc(day, period)).otherwise(first_day)
    return first_day
