"""Times as instants: naive ones are local to a zone, those that are instants already keep theirs.

``to_utc_timestamp`` moves a time in a DST gap forward by the gap and takes the first instant of a fold, provided
that the session's zone is UTC.
"""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql import types as T

# ISO 8601 only: Spark's own cast also takes "2017", "T10:00" (today's!) and "2017-1-2 UTC+1".
_DATE = r"(?!0000)\d{4}-\d{2}-\d{2}"
_CLOCK = r"[T ]\d{2}:\d{2}(:\d{2}([.]\d{1,9})?)?"
_OFFSET = r"(Z|[+-]\d{2}(:?\d{2})?)"
_ISO_DATE = rf"\A{_DATE}\z"
_ISO_NAIVE = rf"\A{_DATE}({_CLOCK})?\z"
_ISO_INSTANT = rf"\A{_DATE}{_CLOCK}{_OFFSET}\z"


def to_instant(value: Column, data_type: T.DataType, zone: Column, *, naive: bool) -> Column:
    """The instant (TIMESTAMP, microseconds) of a time; null for text that is no ISO 8601 time.

    Args:
        zone: IANA name of the zone of naive times.
        naive: Whether the UTC wall clock of what is an instant is really a local time of ``zone``.
    """
    if isinstance(data_type, T.TimestampType):
        return within_years(F.to_utc_timestamp(value, zone) if naive else value)
    if isinstance(data_type, T.TimestampNTZType | T.DateType):
        return within_years(F.to_utc_timestamp(value.cast("timestamp"), zone))
    exact = _exact(value)
    wall = F.when(value.rlike(_ISO_NAIVE), value).try_cast("timestamp")
    return within_years(F.coalesce(F.to_utc_timestamp(exact, zone) if naive else exact, F.to_utc_timestamp(wall, zone)))


def to_date(value: Column, data_type: T.DataType, zone: Column, *, naive: bool) -> Column:
    """The local date (DATE) of a date or time; null for text that is neither."""
    if isinstance(data_type, T.DateType):
        return value
    if isinstance(data_type, T.TimestampNTZType):
        return value.cast("date")
    if isinstance(data_type, T.TimestampType):
        return (value if naive else F.from_utc_timestamp(value, zone)).cast("date")
    exact = _exact(value)
    local = exact if naive else F.from_utc_timestamp(exact, zone)
    wall = F.when(value.rlike(_ISO_NAIVE), value).try_cast("timestamp")
    return F.coalesce(F.when(value.rlike(_ISO_DATE), value).try_cast("date"), local.cast("date"), wall.cast("date"))


def _exact(value: Column) -> Column:
    """The instant of ISO text with an offset, else null."""
    seconds = F.regexp_replace(value, r"\A(.{13}:\d{2})(Z|[+-])", "$1:00$2")  # Spark takes no offset after minutes
    colon = F.regexp_replace(F.regexp_replace(seconds, r"([+-]\d{2})\z", "$1:00"), r"([+-]\d{2})(\d{2})\z", "$1:$2")
    return F.when(value.rlike(_ISO_INSTANT), colon).try_cast("timestamp")


def within_years(instant: Column) -> Column:
    """The instant, null outside the years 1 to 9999: other readers of our tables know no others."""
    first, last = (F.lit(text).cast("timestamp") for text in ("0001-01-01 00:00:00", "9999-12-31 23:59:59.999999"))
    return F.when(instant.between(first, last), instant)
