"""Staging the tables that readers see: people and what is known of them, as versions that nobody reads yet."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

import plateia
from jobs.warehouse.growth import added_rows, can_add
from jobs.warehouse.ledger import Entry
from jobs.warehouse.scope import Judgement, Scope
from plateia.catalogue import EventType
from plateia.declarations.sources import EventsSource, PeopleSource, Source
from plateia.declarations.suites import Suite
from plateia.errors import Location
from plateia.lake import Lake
from plateia.tables import PERSON_ORDINALS, Table, events, people
from transforms.quality import SuiteFacts, run_suite, table_suite
from transforms.warehouse.tables.consents import WORD
from transforms.warehouse.tables.events import event_rows, laid_out, one_row_an_event, union_of
from transforms.warehouse.tables.ordinals import numbered, unnumbered
from transforms.warehouse.tables.others import other_tables
from transforms.warehouse.tables.people import PERSON, people_rows, universe
from transforms.warehouse.tables.periods import Period, Volume, choose_period

_KEYS = {"people": ("site", "ordinal"), "person_ordinals": ("site", "ordinal"), "consents": WORD}
_EVENT_KEYS = ("site", "event_id")
_EVENT_ORDER = ("at", "ordinal", "event_id")


@dataclass
class Staging:
    """The tables that follow from a choice of accepted rows.

    Attributes:
        accepted: Source -> version of ``accepted_<source>`` that counts.
        unique: Sources whose accepted rows are known to name no event twice.
        held: Tables that keep what is pinned for them.
        ignored: Table -> rows that were left out because they name people outside the universe.
        known: Table -> what its pinned version was made from.
        entries: The same of (table, version) that this staging writes.
        grown: Event tables that got rows beside those that are pinned.
    """

    scope: Scope
    lake: Lake
    accepted: Mapping[str, int]
    unique: Collection[str]
    held: Collection[str] = ()
    ignored: dict[str, int] = field(default_factory=dict)
    known: Mapping[str, Entry] = field(default_factory=dict)
    entries: dict[tuple[str, int], Entry] = field(default_factory=dict)
    grown: set[str] = field(default_factory=set)

    @property
    def _writer(self) -> str:
        """A run writes a table once; a second staging of the same run is another writer."""
        return f"{self.scope.run.run_id}-again" if self.held else self.scope.run.run_id

    @cached_property
    def _frames(self) -> dict[str, DataFrame]:
        return {s: self.scope.read(f"accepted_{s}", version) for s, version in sorted(self.accepted.items())}

    @cached_property
    def _universe(self) -> DataFrame:
        known = self.scope.workspace.sources
        return universe([rows for source, rows in self._frames.items() if name_people(known[source])]).persist()

    def stage(self) -> dict[str, int]:
        """Write every table. Returns table -> version, ``accepted_<source>`` and what held tables keep among them."""
        versions = {f"accepted_{source}": version for source, version in self.accepted.items()}
        versions |= {table: pin for table, pin in self.scope.run.pins.items() if table in self.held}
        stale = {table: sources for table, sources in self._tables().items() if not self._is_fresh(table, sources)}
        versions |= {table: self.scope.run.pins[table] for table in self._tables() if table not in stale}
        if stale:
            versions |= self._stage(stale)
        for table, sources in self._tables().items():
            self.entries[table, versions[table]] = Entry(self._digest(table, sources))
        return versions

    def _stage(self, stale: Collection[str]) -> dict[str, int]:
        """Write the tables that are not as their sources are now."""
        versions: dict[str, int] = {}
        try:
            versions["person_ordinals"] = self._stage_ordinals()
            ordinals = self.scope.read("person_ordinals", versions["person_ordinals"]).persist()
            if "people" in stale:
                versions["people"] = self._stage_people(ordinals)
            for event in self.scope.workspace.catalogue.events.values():
                if f"event_{event.name}" in stale:
                    versions[f"event_{event.name}"] = self._stage_events(event, self._sources_of(event), ordinals)
            versions |= self._stage_others(ordinals, stale)
            ordinals.unpersist()
        finally:
            self._universe.unpersist()
        return versions

    def _tables(self) -> dict[str, list[str]]:
        """The tables that are not held, with the sources whose rows are in them."""
        known = self.scope.workspace.sources
        people = [source for source in self._frames if name_people(known[source])]
        tables = {"person_ordinals": people, "people": people}
        tables |= {f"event_{e.name}": self._sources_of(e) for e in self.scope.workspace.catalogue.events.values()}
        for source in self._frames:
            if source not in people:  # consents and relations leave out whom the universe does not have
                tables.setdefault(known[source].feeds, [*people]).append(source)
        return {table: sources for table, sources in tables.items() if sources and table not in self.held}

    def _is_fresh(self, table: str, sources: Collection[str]) -> bool:
        """Whether what is pinned is what would be written: made alike, from the very same accepted rows."""
        pins, before = self.scope.run.pins, self.known.get(table)
        same = all(pins.get(f"accepted_{source}") == self.accepted[source] for source in sources)
        return same and table in pins and before is not None and before.digest == self._digest(table, sources)

    def _digest(self, table: str, sources: Collection[str]) -> str:
        """Everything that a table's rows and its verdict depend on, accepted rows aside."""
        catalogue = self.scope.workspace.catalogue
        suite = next((repr(replace(s, place=Location())) for s in self._suites if s.table == table), None)
        event = catalogue.events.get(table.removeprefix("event_"))
        others = (sorted(catalogue.traits.items()), sorted(catalogue.relations.items()))
        columns = list(event.properties.items()) if event else others
        parts = [plateia.__version__, table, list(sources), repr(columns), suite]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    @property
    def _suites(self) -> Collection[Suite]:
        return self.scope.workspace.suites.values()

    def judge(self, versions: Mapping[str, int]) -> list[Judgement]:
        """What the suites say of the tables as they were written."""
        return [self._judge(table, version) for table, version in sorted(versions.items()) if self._is_judged(table)]

    def rows(self, table: str, version: int) -> int:
        """How many rows a version of a table has."""
        return sum(file.rows for file in self.lake.files(table, version=version))

    def _is_judged(self, table: str) -> bool:
        return not table.startswith("accepted_") and table not in self.held

    def _is_kept(self, table: str, version: int) -> bool:
        return table in self.known and self.scope.run.pins.get(table) == version

    def _sources_of(self, event: EventType) -> list[str]:
        known = self.scope.workspace.sources
        return [s for s in self._frames if isinstance(e := known[s], EventsSource) and e.event == event.name]

    def _stage_ordinals(self) -> int:
        """Give ordinals to those who are new; the others keep theirs, whatever a crashed run has left."""
        pin = self.scope.run.pins.get("person_ordinals")
        given = self.scope.pinned("person_ordinals")
        if given is None:
            given = self.scope.spark.createDataFrame([], _ordinals_schema())
        newcomers = unnumbered(self._universe, given).persist()
        try:
            if pin is not None and newcomers.isEmpty():
                return pin
            added = numbered(newcomers, given, run_id=self.scope.run.run_id)
            if pin is not None and self.lake.version("person_ordinals") == pin:
                return self.lake.write_frame(added, PERSON_ORDINALS, run_id=self._writer, mode="append")
            columns = PERSON_ORDINALS.schema.names
            whole = given.select(*columns).unionByName(added.select(*columns))
            return self.lake.write_frame(whole, PERSON_ORDINALS, run_id=self._writer)
        finally:
            newcomers.unpersist()

    def _stage_people(self, ordinals: DataFrame) -> int:
        table = people(self.scope.workspace.catalogue.traits)
        known = self.scope.workspace.sources
        sources = {s: rows for s, rows in self._frames.items() if isinstance(known[s], PeopleSource)}
        rows = people_rows(ordinals, self._universe, sources, self.scope.workspace.catalogue.traits)
        return self._write(rows, table, ("ordinal",))

    def _stage_events(self, event: EventType, sources: list[str], ordinals: DataFrame) -> int:
        table = events(event)
        rows = union_of([self._frames[source] for source in sources], event)
        periods = self._periods(table, rows, ordinals)
        if (version := self._add_events(event, sources, ordinals, periods)) is not None:
            return version
        if len(sources) > 1 or sources[0] not in self.unique:
            rows = one_row_an_event(rows, event)
        return self._write(event_rows(rows, ordinals, event, periods), table, _EVENT_ORDER)

    def _add_events(
        self, event: EventType, sources: list[str], ordinals: DataFrame, periods: Mapping[str, Period]
    ) -> int | None:
        """Add the events that are new, if that comes to the same as writing them all; None if not."""
        table, known = events(event), self.known.get(f"event_{event.name}")
        pin = self.scope.run.pins.get(table.name)
        if pin is None or known is None or known.digest != self._digest(table.name, sources):
            return None
        added = added_rows(self.scope, self.lake, {source: self.accepted[source] for source in sources})
        if not added:
            return None
        rows = one_row_an_event(union_of(added, event), event).persist()
        try:
            if not can_add(table.name, self.scope, self.lake, periods, rows):
                return None
            self.lake.rewind(self.scope.spark, table.name, pin)
            self.grown.add(table.name)
            return self._write(event_rows(rows, ordinals, event, periods), table, _EVENT_ORDER, mode="append")
        finally:
            rows.unpersist()

    def _stage_others(self, ordinals: DataFrame, stale: Collection[str]) -> dict[str, int]:
        """Consents and relations; what they say of people outside the universe is left out, and counted."""
        living = ordinals.join(self._universe, on=list(PERSON), how="left_semi")
        workspace = self.scope.workspace
        versions: dict[str, int] = {}
        for other in other_tables(
            workspace.sources, workspace.catalogue, self._frames, living=living, about=self._accepted_rows
        ):
            name = other.table.name
            if name in stale:
                versions[name] = self.lake.write_frame(other.rows, other.table, run_id=self._writer)
                if other.strangers is not None:
                    self.ignored[name] = other.strangers.count()
        return versions

    def _accepted_rows(self, source: str) -> int:
        return self.rows(f"accepted_{source}", self.accepted[source])

    def _periods(self, table: Table, rows: DataFrame, ordinals: DataFrame) -> dict[str, Period]:
        """How long the partitions of each site are."""
        people_of = {row["site"]: row["count"] for row in ordinals.groupBy("site").count().collect()}
        span = (F.unix_seconds(F.max("at")) - F.unix_seconds(F.min("at"))) / 86_400
        volumes = rows.groupBy("site").agg(F.count("*").alias("rows"), span.alias("days")).collect()
        existing: dict[str, set[date]] = {}
        pin = self.scope.run.pins.get(table.name)
        for file in self.lake.files(table.name, version=pin) if pin is not None else ():
            day = file.partition["period"]
            existing.setdefault(str(file.partition["site"]), set()).add(date.fromisoformat(str(day)))
        return {
            row["site"]: choose_period(
                Volume(row["rows"], row["days"], people_of.get(row["site"], 0)), existing.get(row["site"], ())
            )
            for row in volumes
        }

    def _write(self, rows: DataFrame, table: Table, sort_by: tuple[str, ...], mode: str = "overwrite") -> int:
        return self.lake.write_frame(laid_out(rows, table.partition_by, sort_by), table, run_id=self._writer, mode=mode)

    def _judge(self, table: str, version: int) -> Judgement:
        if self._is_kept(table, version):
            return Judgement(table, version, [])  # it was judged when it was written
        frame = self._judged_rows(table, version)
        is_relation = table.startswith("relation_")
        keys = ("site", "to_key") if is_relation else _KEYS.get(table, _EVENT_KEYS)
        suite = table_suite(self.scope.workspace.suites.values(), table, keys=keys, is_unique=not is_relation)
        facts = SuiteFacts(rows=self.rows(table, version))
        return Judgement(table, version, run_suite(frame, suite, facts=facts, as_of=self.scope.as_of))

    def _judged_rows(self, table: str, version: int) -> DataFrame:
        """What a suite must see: of the default one, only rows that were added, as the table had none of their ids."""
        if table not in self.grown or any(suite.table == table for suite in self._suites):
            return self.scope.read(table, version)
        before = {file.path for file in self.lake.files(table, version=self.scope.run.pins[table])}
        added = [file for file in self.lake.files(table, version=version) if file.path not in before]
        return self.lake.read_files(self.scope.spark, table, added, version=version)


def name_people(source: Source) -> bool:
    """Whether whom a source's rows name is in the universe."""
    return isinstance(source, PeopleSource | EventsSource)


def _ordinals_schema() -> str:
    return "site string, person_id string, ordinal int, given_run string, retired_run string"
