"""Staging ``person_ordinals`` and ``people``: everyone whom accepted rows name, whole or by who came."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.warehouse.growth import Added
from jobs.warehouse.placing import Arrange, Keep, kept_frames, place, sent_to_all
from jobs.warehouse.scope import Scope
from plateia.catalogue import Attribute
from plateia.lake import Lake
from plateia.tables import PERSON_ORDINALS, Table, people
from transforms.warehouse.changes.layout import OPEN_FILES
from transforms.warehouse.changes.partitions import condition, inside
from transforms.warehouse.tables.ordinals import numbered, unnumbered
from transforms.warehouse.tables.people import PERSON, newcomer_rows, people_rows, universe

_ORDINAL = ("site", "ordinal")


@dataclass(frozen=True)
class Everyone:
    """Whom the tables are about.

    Attributes:
        frames: Accepted rows of every source that names people.
        traits: The catalogue's.
        people_sources: The sources whose rows hold traits.
        arrange: Lays rows of ``people`` out.
        writer: What its writes are known as.
    """

    scope: Scope
    lake: Lake
    frames: Mapping[str, DataFrame]
    traits: Mapping[str, Attribute]
    people_sources: Collection[str]
    arrange: Arrange
    writer: str

    @cached_property
    def _table(self) -> Table:
        return people(self.traits)

    def stage(self) -> dict[str, int]:
        """Write both tables from all accepted rows. Returns table -> version."""
        with kept_frames() as keep:
            alive = keep(universe(list(self.frames.values())))
            version = self._number(alive)
            ordinals = self.scope.read(PERSON_ORDINALS.name, version)
            sources = {name: self.frames[name] for name in self.people_sources}
            rows = people_rows(ordinals, alive, sources, self.traits)
            placed = place(self.scope, self.lake, rows, self._table, arrange=self.arrange, writer=self.writer)
        return {PERSON_ORDINALS.name: version, self._table.name: placed}

    def stage_added(self, added: Added, keep: Keep) -> tuple[dict[str, int], DataFrame]:
        """Write what changes when people sources are as they were, and others only have more rows.

        Returns:
            Table -> version, and ``site, person_id, ordinal`` of everyone whom the added rows name.
        """
        pins, few = self.scope.run.pins, added.rows
        before = self.scope.read(self._table.name, pins[self._table.name])
        named = keep(universe(list(added.frames)))
        version = self._number(named, at_most=few)
        ordinals = self.scope.read(PERSON_ORDINALS.name, version)
        theirs = keep(sent_to_all(ordinals.join(sent_to_all(named, few), on=list(PERSON), how="left_semi"), few))
        dead = before.where(~F.col("alive")).select(*_ORDINAL, F.lit(True).alias("was_dead"))
        is_new = F.col("given_run") == self.scope.run.run_id
        coming = theirs.join(dead, on=list(_ORDINAL), how="left").where(is_new | F.col("was_dead"))
        rows = keep(newcomer_rows(coming, self.traits))
        versions = {PERSON_ORDINALS.name: version, self._table.name: pins[self._table.name]}
        by = self._table.partition_by
        if blocks := [tuple(row) for row in rows.select(*by).distinct().collect()]:
            others = before.where(inside(by, blocks)).join(
                sent_to_all(rows.select(*_ORDINAL), few), on=list(_ORDINAL), how="left_anti"
            )
            self.lake.rewind(self.scope.spark, self._table.name, pins[self._table.name])
            whole = self.arrange(others.unionByName(rows))
            where = condition(by, blocks)
            placed = self.lake.write_frame(whole, self._table, run_id=self.writer, replace_where=where)
            versions[self._table.name] = placed
        return versions, theirs.select(*PERSON, "ordinal")

    def _number(self, named: DataFrame, *, at_most: int | None = None) -> int:
        """Give ordinals to those who are new; the others keep theirs, whatever a crashed run has left.

        Args:
            named: ``site, person_id``, each once; ``at_most`` so many, if that is known to be few.
        """
        pin = self.scope.run.pins.get(PERSON_ORDINALS.name)
        given = self.scope.pinned(PERSON_ORDINALS.name)
        if given is None:
            given = self.scope.spark.createDataFrame([], _ordinals_schema())
        known = given
        if at_most is not None:
            known = given.join(sent_to_all(named, at_most), on=list(PERSON), how="left_semi")
        with kept_frames() as keep:
            newcomers = unnumbered(named, known)
            if pin is not None and (newcomers := keep(newcomers)).isEmpty():
                return pin
            added = numbered(newcomers, given, run_id=self.scope.run.run_id)
            if pin is not None and self._has_room(pin):
                self.lake.rewind(self.scope.spark, PERSON_ORDINALS.name, pin)
                return self.lake.write_frame(added, PERSON_ORDINALS, run_id=self.writer, mode="append")
            columns = PERSON_ORDINALS.schema.names
            whole = given.select(*columns).unionByName(added.select(*columns))
            return self.lake.write_frame(whole, PERSON_ORDINALS, run_id=self.writer)

    def _has_room(self, pin: int) -> bool:
        sites = [file.partition["site"] for file in self.lake.files(PERSON_ORDINALS.name, version=pin)]
        return all(sites.count(site) < OPEN_FILES for site in set(sites))


def _ordinals_schema() -> str:
    return "site string, person_id string, ordinal int, given_run string, retired_run string"
