"""What sources have added since the pinned versions, and an event table that takes it in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.warehouse.placing import Arrange, in_few_parts, kept_frames
from jobs.warehouse.scope import Scope
from plateia.catalogue import EventType
from plateia.lake import Lake
from plateia.records import DataFile
from plateia.tables import events
from transforms.shuffling import sent_to_all
from transforms.warehouse.changes.layout import Part, crowded, keeps_periods
from transforms.warehouse.changes.merging import matching, prevailing
from transforms.warehouse.changes.partitions import inside
from transforms.warehouse.tables.events import EVENT, event_rows, one_row_an_event, union_of
from transforms.warehouse.tables.people import PERSON
from transforms.warehouse.tables.periods import Period, Span, choose_period


@dataclass(frozen=True)
class Added:
    """Accepted rows of some sources that are not in their pinned versions, and how many."""

    frames: Sequence[DataFrame]
    rows: int


def added_rows(scope: Scope, lake: Lake, accepted: Mapping[str, int]) -> Added | None:
    """What sources have added; None if one does more than grow.

    Args:
        accepted: Source -> version of ``accepted_<source>``.
    """
    frames, rows = [], 0
    for source, version in accepted.items():
        table = f"accepted_{source}"
        if (pin := scope.run.pins.get(table)) is None:
            return None
        if pin == version:
            continue
        before = {file.path for file in lake.files(table, version=pin)}
        now = lake.files(table, version=version)
        if before - {file.path for file in now}:
            return None
        if new := [file for file in now if file.path not in before]:
            frames.append(lake.read_files(scope.spark, table, new, version=version))
            rows += sum(file.rows for file in new)
    return Added(frames, rows)


def choose_periods(
    spans: Mapping[str, Span], people: Mapping[str, int], files: Collection[DataFile]
) -> dict[str, Period]:
    """How long the partitions of each site are.

    Args:
        spans: Site -> what there is to store.
        people: Site -> ordinals given.
        files: What the table has.
    """
    first_days = _first_days(files)
    return {
        site: choose_period(span.volume(people.get(site, 0)), first_days.get(site, ())) for site, span in spans.items()
    }


def spans_of(rows: DataFrame) -> dict[str, Span]:
    """Site -> the span of its events."""
    first, last = F.unix_micros(F.min("at")).alias("first"), F.unix_micros(F.max("at")).alias("last")
    found = rows.groupBy("site").agg(F.count("*").alias("rows"), first, last).collect()
    return {row["site"]: Span(row["rows"], row["first"] / 1e6, row["last"] / 1e6) for row in found}


def merge_events(
    scope: Scope,
    lake: Lake,
    event: EventType,
    added: Added,
    ordinals: DataFrame,
    people: Mapping[str, int],
    *,
    arrange: Arrange,
    writer: str,
) -> int | None:
    """Take added events into the pinned version of a table; returns the version that holds all.

    New events come beside the files that there are. A partition is written anew if it has a row that a greater one
    puts out, or too many files. None if partitions get another length: then everything has to be laid out anew.
    """
    table = events(event)
    pin = scope.run.pins[table.name]
    files, known = lake.files(table.name, version=pin), scope.read(table.name, pin)
    with kept_frames() as keep:
        rows = keep(in_few_parts(one_row_an_event(union_of(added.frames, event), event), added.rows))
        periods = choose_periods(_spans_with(files, rows), people, files)
        if not keeps_periods(_first_days(files), periods):
            return None
        full, out = crowded(_file_counts(files)), known.limit(0)
        # Most days repeat no event: the ids alone are read before anything else is.
        if not matching(known.select(*EVENT), _ids(rows, added), on=EVENT).isEmpty():
            repeated = keep(matching(known, _ids(rows, added), on=EVENT))
            rows = keep(prevailing(repeated, rows, event))
            out = repeated.join(_ids(rows, added), on=list(EVENT), how="left_semi")
            full |= {_part(row.asDict()) for row in out.select(*table.partition_by).distinct().collect()}
            if not full and rows.isEmpty():
                return pin
        named = sent_to_all(rows.select(*PERSON).distinct(), added.rows)
        whose = sent_to_all(ordinals.join(named, on=list(PERSON), how="left_semi"), added.rows)
        new = event_rows(rows, whose, event, periods)
        lake.rewind(table.name, pin)
        if full:
            among = inside(table.partition_by, full)
            stay = known.where(among).join(_ids(out, added), on=list(EVENT), how="left_anti")
            whole = arrange(stay.unionByName(new.where(among)))
            lake.write_frame(whole, table, run_id=writer, parts=full)
            new = new.where(~among)
        return lake.write_frame(arrange(new), table, run_id=writer, mode="append")


def _ids(rows: DataFrame, added: Added) -> DataFrame:
    return sent_to_all(rows.select(*EVENT), added.rows)


def _spans_with(files: Collection[DataFile], rows: DataFrame) -> dict[str, Span]:
    """Site -> the span of the events in some files, by the statistics of the log, and of some more rows."""
    spans = spans_of(rows)
    for file in files:
        site, span = str(file.partition["site"]), Span(file.rows, _seconds(file.minimum), _seconds(file.maximum))
        spans[site] = spans[site].with_more(span) if site in spans else span
    return spans


def _seconds(statistics: Mapping[str, object]) -> float:
    at = statistics["at"]
    assert isinstance(at, datetime)
    return at.timestamp()


def _first_days(files: Collection[DataFile]) -> dict[str, set[date]]:
    days: dict[str, set[date]] = {}
    for site, first_day, _ in _file_counts(files):
        days.setdefault(site, set()).add(first_day)
    return days


def _file_counts(files: Collection[DataFile]) -> dict[Part, int]:
    counts: dict[Part, int] = {}
    for file in files:
        part = _part(file.partition)
        counts[part] = counts.get(part, 0) + 1
    return counts


def _part(values: Mapping[str, object]) -> Part:
    return str(values["site"]), date.fromisoformat(str(values["period"])), int(str(values["block"]))
