"""Staging ``person_ordinals`` and ``people``: everyone whom accepted rows name, whole or by who came."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.warehouse.growth import Added
from jobs.warehouse.placing import Arrange, Keep, in_few_parts, kept_frames, place
from jobs.warehouse.scope import Scope
from plateia.catalogue import Attribute
from plateia.lake import Lake
from plateia.tables import PERSON_ORDINALS, Table, people
from transforms.shuffling import sent_to_all
from transforms.warehouse.changes.layout import OPEN_FILES
from transforms.warehouse.changes.merging import matching
from transforms.warehouse.changes.partitions import inside
from transforms.warehouse.tables.ordinals import numbered, retire, unnumbered
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
        retired: ``person_id`` of those who are nobody any more: their ordinals are never given again.
    """

    scope: Scope
    lake: Lake
    frames: Mapping[str, DataFrame]
    traits: Mapping[str, Attribute]
    people_sources: Collection[str]
    arrange: Arrange
    writer: str
    retired: DataFrame | None = None

    @cached_property
    def _table(self) -> Table:
        return people(self.traits)

    def stage(self) -> dict[str, int]:
        """Write both tables from all accepted rows. Returns table -> version."""
        with kept_frames() as keep:
            named, given = universe(list(self.frames.values())), self._given()
            # Of the first people all are alive: they are neither kept nor looked for among those given before.
            alive = keep(named) if PERSON_ORDINALS.name in self.scope.run.pins else None
            version, _ = self._number(named if alive is None else unnumbered(alive, given), given, keep)
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
        before, given = self.scope.read(self._table.name, pins[self._table.name]), self._given()
        named = keep(in_few_parts(universe(list(added.frames)), few))
        known = matching(given.select(*PERSON, "ordinal"), sent_to_all(named, few), on=PERSON)
        found = keep(in_few_parts(known, few))
        version, new = self._number(unnumbered(named, sent_to_all(found, few)), given, keep)
        new = new.select(*PERSON, "ordinal")
        dead = before.where(~F.col("alive")).select(*_ORDINAL)
        back = sent_to_all(found, few).join(dead, on=list(_ORDINAL), how="left_semi").select(*PERSON, "ordinal")
        rows = keep(newcomer_rows(new.unionByName(back), self.traits))
        versions = {PERSON_ORDINALS.name: version, self._table.name: pins[self._table.name]}
        by = self._table.partition_by
        if blocks := [tuple(row) for row in rows.select(*by).distinct().collect()]:
            others = before.where(inside(by, blocks)).join(
                sent_to_all(rows.select(*_ORDINAL), few), on=list(_ORDINAL), how="left_anti"
            )
            self.lake.rewind(self._table.name, pins[self._table.name])
            whole = self.arrange(others.unionByName(rows))
            placed = self.lake.write_frame(whole, self._table, run_id=self.writer, parts=blocks)
            versions[self._table.name] = placed
        return versions, found.unionByName(new)

    def _given(self) -> DataFrame:
        """The ordinals as readers see them."""
        given = self.scope.pinned(PERSON_ORDINALS.name)
        if given is None:
            return self.scope.spark.createDataFrame([], _ordinals_schema())
        return given if self.retired is None else retire(given, self.retired, run_id=self.scope.run.run_id)

    def _number(self, newcomers: DataFrame, given: DataFrame, keep: Keep) -> tuple[int, DataFrame]:
        """Give ordinals to those who are new; the others keep theirs, whatever a crashed run has left.

        Args:
            newcomers: ``site, person_id``, each once.

        Returns:
            The version that holds all, and the rows that are new.
        """
        pin = None if self.retired is not None else self.scope.run.pins.get(PERSON_ORDINALS.name)
        added = numbered(newcomers, given, run_id=self.scope.run.run_id)
        if pin is not None and (added := keep(added)).isEmpty():
            return pin, added
        if pin is not None and self._has_room(pin):
            self.lake.rewind(PERSON_ORDINALS.name, pin)
            return self.lake.write_frame(added, PERSON_ORDINALS, run_id=self.writer, mode="append"), added
        columns = PERSON_ORDINALS.schema.names
        whole = given.select(*columns).unionByName(added.select(*columns))
        return self.lake.write_frame(whole, PERSON_ORDINALS, run_id=self.writer), added

    def _has_room(self, pin: int) -> bool:
        sites = [file.partition["site"] for file in self.lake.files(PERSON_ORDINALS.name, version=pin)]
        return all(sites.count(site) < OPEN_FILES for site in set(sites))


def _ordinals_schema() -> str:
    return "site string, person_id string, ordinal int, given_run string, retired_run string"
