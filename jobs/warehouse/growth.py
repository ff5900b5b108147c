"""Events that are only added: sources that have grown by new files, and what that leaves of the table's own files."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from pyspark.sql import DataFrame

from jobs.warehouse.scope import Scope
from plateia.lake import Lake
from plateia.records import DataFile
from transforms.warehouse.changes.additions import keeps_partitions
from transforms.warehouse.tables.events import EVENT
from transforms.warehouse.tables.periods import Period


def added_rows(scope: Scope, lake: Lake, accepted: Mapping[str, int]) -> list[DataFrame] | None:
    """The accepted rows of the sources that are not in their pinned versions; None if they do more than grow.

    Args:
        accepted: Source -> version of ``accepted_<source>``; none is the same as pinned everywhere.
    """
    added: list[DataFrame] = []
    for source, version in accepted.items():
        table = f"accepted_{source}"
        if (pin := scope.run.pins.get(table)) is None:
            return None
        before = {file.path for file in lake.files(table, version=pin)}
        now = lake.files(table, version=version)
        if before - {file.path for file in now}:
            return None
        if new := [file for file in now if file.path not in before]:
            added.append(lake.read_files(scope.spark, table, new, version=version))
    return added


def can_add(table: str, scope: Scope, lake: Lake, periods: Mapping[str, Period], events: DataFrame) -> bool:
    """Whether the pinned version with these events beside its rows is what a rewrite would hold.

    Args:
        periods: Site -> length of its partitions now.
        events: One row an event; whichever the table has already, the two must be compared.
    """
    if not keeps_partitions(_parts(lake.files(table, version=scope.run.pins[table])), periods):
        return False
    known = scope.read(table, scope.run.pins[table]).select(*EVENT)
    return known.join(events.select(*EVENT), on=list(EVENT), how="left_semi").isEmpty()


def _parts(files: Collection[DataFile]) -> dict[tuple[str, date, int], int]:
    """(site, period, block) -> how many files it has."""
    counts: dict[tuple[str, date, int], int] = {}
    for file in files:
        parts = file.partition
        key = str(parts["site"]), date.fromisoformat(str(parts["period"])), int(str(parts["block"]))
        counts[key] = counts.get(key, 0) + 1
    return counts
