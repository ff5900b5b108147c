"""Staging the tables that readers see: people and what is known of them, as versions that nobody reads yet."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

import plateia
from jobs.warehouse.everyone import Everyone
from jobs.warehouse.growth import Added, added_rows, choose_periods, merge_events, spans_of
from jobs.warehouse.ledger import Entry
from jobs.warehouse.persons import as_persons, keyed
from jobs.warehouse.placing import Arrange, Keep, co_located, kept_frames, place
from jobs.warehouse.report import Contents
from jobs.warehouse.scope import Judgement, Scope, side_by_side
from plateia.catalogue import EventType
from plateia.declarations.sources import EventsSource, PeopleSource, Source
from plateia.declarations.suites import Suite
from plateia.errors import Location
from plateia.lake import Lake
from plateia.tables import events
from transforms.key_sums import KeySums
from transforms.quality import SuiteFacts, run_suite, table_suite
from transforms.warehouse.rows.normalise import LATEST
from transforms.warehouse.tables.consents import WORD
from transforms.warehouse.tables.events import event_rows, laid_out, one_row_an_event, union_of
from transforms.warehouse.tables.ordinals import PERSON_HASH, by_hash
from transforms.warehouse.tables.others import other_tables
from transforms.warehouse.tables.people import PERSON, universe
from transforms.warehouse.tables.winners import winners

TOGETHER = frozenset({"people", "person_ordinals"})  # without them no other table can be published
_KEYS = {"people": ("site", "ordinal"), "person_ordinals": ("site", "ordinal"), "consents": WORD}
_EVENT_KEYS = ("site", "event_id")
_EVENT_ORDER = ("at", "ordinal", "event_id")


@dataclass
class Staging:
    """The tables that follow from a choice of accepted rows.

    Attributes:
        accepted: Source -> version of ``accepted_<source>`` that counts.
        unique: What the events' keys add up to, of sources whose accepted rows are known to name none twice.
        held: Tables that keep what is pinned for them.
        ignored: Table -> rows that were left out because they name people outside the universe; of people, identifiers
            that are nobody's.
        known: Table -> what its pinned version was made from.
        entries: The same of (table, version) that this staging writes.
        grown: Tables that got rows beside those that are pinned, or blocks in place of theirs.
    """

    scope: Scope
    lake: Lake
    accepted: Mapping[str, int]
    unique: Mapping[str, KeySums]
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
        frames = {s: self.scope.read(f"accepted_{s}", version) for s, version in sorted(self.accepted.items())}
        persons, known = self.scope.persons, self.scope.workspace.sources
        if persons is None:
            return frames
        return {source: persons.under_current_key(rows, known[source]) for source, rows in frames.items()}

    @cached_property
    def _by_key(self) -> DataFrame | None:
        """Whose every key is; None where a source's key is the person's id."""
        persons = self.scope.persons
        return None if persons is None else persons.by_key(self.scope.spark, self.lake)

    def _keyed(self, ordinals: DataFrame) -> DataFrame:
        """Ordinals by what accepted rows name persons by."""
        return ordinals if self._by_key is None else keyed(ordinals, self._by_key)

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
        with kept_frames() as keep:
            versions, named = self._stage_everyone(stale, keep)
            people_of = self._people_of(versions["person_ordinals"])
            given = self.scope.read("person_ordinals", versions["person_ordinals"]).select(*PERSON, "ordinal")
            ordinals = self._keyed(given)
            changed = [e for e in self.scope.workspace.catalogue.events.values() if f"event_{e.name}" in stale]
            added = {e.name: self._added(f"event_{e.name}", self._sources_of(e)) for e in changed}
            whole = _for_joins(ordinals, sum(people_of.values()), keep) if None in added.values() else ordinals

            def stage(event: EventType) -> int:
                if (more := added[event.name]) is not None:
                    whose = ordinals if named is None else named
                    if (version := self._merge_events(event, more, whose, people_of)) is not None:
                        return version
                return self._stage_events(event, whole, people_of)

            for event, version in zip(changed, side_by_side(stage, changed), strict=True):
                versions[f"event_{event.name}"] = version
            living = self.scope.read("people", versions["people"]).where(F.col("alive")).select(*PERSON, "ordinal")
            return versions | self._stage_others(self._keyed(living), stale)

    def _stage_everyone(self, stale: Collection[str], keep: Keep) -> tuple[dict[str, int], DataFrame | None]:
        """People and ordinals: by who came if nothing else can have changed; then also the ordinals of all named."""
        known = self.scope.workspace.sources
        frames = {name: rows for name, rows in self._frames.items() if name_people(known[name])}
        told = [name for name in frames if isinstance(known[name], PeopleSource)]
        if not TOGETHER & set(stale):
            return {table: self.scope.run.pins[table] for table in TOGETHER}, None
        arrange = partial(laid_out, partition_by=("site", "block"), sort_by=("ordinal",))
        traits = self.scope.workspace.catalogue.traits
        if self._by_key is not None:
            return self._stage_persons(frames, told, arrange), None
        everyone = Everyone(self.scope, self.lake, frames, traits, told, arrange, self._writer)
        are_as_before = all(self.scope.run.pins.get(f"accepted_{name}") == self.accepted[name] for name in told)
        added = [self._added(table, list(frames)) for table in sorted(TOGETHER)] if are_as_before else [None]
        if added[0] is None or added[-1] is None:
            return everyone.stage(), None
        self.grown |= TOGETHER
        return everyone.stage_added(added[0], keep)

    def _stage_persons(self, frames: Mapping[str, DataFrame], told: Sequence[str], arrange: Arrange) -> dict[str, int]:
        """People and ordinals of those whom keys belong to; a person with several rows in a source has the greatest."""
        by_key, sources, persons = self._by_key, self.scope.workspace.sources, self.scope.persons
        assert by_key is not None
        assert persons is not None
        named = {name: as_persons(rows, by_key) for name, rows in frames.items()}
        for name in told:
            order = [c for c in (LATEST, *sources[name].declared()) if c in named[name].columns]
            named[name] = winners(named[name], same=PERSON, by=order or PERSON)
        nobody = universe(list(frames.values())).join(
            by_key.withColumnRenamed("key", "person_id"), "person_id", "left_anti"
        )
        self.ignored["people"] = nobody.count()
        retired = persons.retired(self.scope.spark, self.lake)
        traits = self.scope.workspace.catalogue.traits
        everyone = Everyone(self.scope, self.lake, named, traits, told, arrange, self._writer, retired)
        return everyone.stage()

    def _added(self, table: str, sources: Sequence[str]) -> Added | None:
        """What is to be added to a pinned table; None if it would be made otherwise, or sources do more than grow."""
        if not self._is_made_alike(table, sources):
            return None
        return added_rows(self.scope, self.lake, {source: self.accepted[source] for source in sources})

    def _people_of(self, version: int) -> dict[str, int]:
        """Site -> ordinals given."""
        counts: dict[str, int] = {}
        for file in self.lake.files("person_ordinals", version=version):
            site = str(file.partition["site"])
            counts[site] = counts.get(site, 0) + file.rows
        return counts

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
        pins = self.scope.run.pins
        same = all(pins.get(f"accepted_{source}") == self.accepted[source] for source in sources)
        return same and self._is_made_alike(table, sources)

    def _is_made_alike(self, table: str, sources: Collection[str]) -> bool:
        """Whether what is pinned differs from what would be written by accepted rows alone."""
        before = self.known.get(table)
        return table in self.scope.run.pins and before is not None and before.digest == self._digest(table, sources)

    def _digest(self, table: str, sources: Collection[str]) -> str:
        """Everything that a table's rows and its verdict depend on, accepted rows aside."""
        catalogue = self.scope.workspace.catalogue
        suite = next((repr(replace(s, place=Location())) for s in self._suites if s.table == table), None)
        event = catalogue.events.get(table.removeprefix("event_"))
        others = (sorted(catalogue.traits.items()), sorted(catalogue.relations.items()))
        columns = list(event.properties.items()) if event else others
        whose = None if self.scope.persons is None else self.scope.persons.version
        parts = [plateia.__version__, table, list(sources), repr(columns), suite, whose]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    @property
    def _suites(self) -> Collection[Suite]:
        return self.scope.workspace.suites.values()

    def judge(self, versions: Mapping[str, int]) -> list[Judgement]:
        """What the suites say of the tables as they were written."""
        judged = [named for named in sorted(versions.items()) if self._is_judged(named[0])]
        return list(side_by_side(lambda named: self._judge(*named), judged))

    def rows(self, table: str, version: int) -> int:
        """How many rows a version of a table has."""
        return self.contents(table, version).rows

    def contents(self, table: str, version: int) -> Contents:
        """What a version of a table has, and what of that its pinned version has not."""
        files, pin = self.lake.files(table, version=version), self.scope.run.pins.get(table)
        before = set() if pin is None else {file.path for file in self.lake.files(table, version=pin)}
        return Contents(sum(file.rows for file in files), len(files), len({file.path for file in files} - before))

    def _is_judged(self, table: str) -> bool:
        return not table.startswith("accepted_") and table not in self.held

    def _is_kept(self, table: str, version: int) -> bool:
        """Whether it is what is pinned, and was judged like this when it was written."""
        known = self.known.get(table)
        is_pinned = known is not None and self.scope.run.pins.get(table) == version
        return is_pinned and known == self.entries[table, version]

    def _sources_of(self, event: EventType) -> list[str]:
        known = self.scope.workspace.sources
        return [s for s in self._frames if isinstance(e := known[s], EventsSource) and e.event == event.name]

    def _keys_of(self, event: EventType) -> KeySums | None:
        """What the keys of an event table laid out anew add up to, if no two of its source's rows have the same."""
        sources = self._sources_of(event)
        return self.unique.get(sources[0]) if len(sources) == 1 else None

    def _merge_events(
        self, event: EventType, added: Added, ordinals: DataFrame, people_of: Mapping[str, int]
    ) -> int | None:
        arrange, writer = self._arrange_events, self._writer
        merged = merge_events(self.scope, self.lake, event, added, ordinals, people_of, arrange=arrange, writer=writer)
        if merged is not None:
            self.grown.add(f"event_{event.name}")
        return merged

    def _stage_events(self, event: EventType, ordinals: DataFrame, people_of: Mapping[str, int]) -> int:
        table, sources = events(event), self._sources_of(event)
        rows = union_of([self._frames[source] for source in sources], event)
        pin = self.scope.run.pins.get(table.name)
        files = [] if pin is None else self.lake.files(table.name, version=pin)
        periods = choose_periods(spans_of(rows), people_of, files)
        if self._keys_of(event) is None:
            rows = one_row_an_event(rows, event)
        placed = event_rows(rows, ordinals, event, periods)
        return place(self.scope, self.lake, placed, table, arrange=self._arrange_events, writer=self._writer)

    @property
    def _arrange_events(self) -> Arrange:
        return partial(laid_out, partition_by=("site", "period", "block"), sort_by=_EVENT_ORDER)

    def _stage_others(self, living: DataFrame, stale: Collection[str]) -> dict[str, int]:
        """Consents and relations; what they say of people outside the universe is left out, and counted."""
        workspace = self.scope.workspace
        versions: dict[str, int] = {}
        for other in other_tables(
            workspace.sources, workspace.catalogue, self._frames, living=living, about=self._accepted_rows
        ):
            name = other.table.name
            if name in stale:
                versions[name] = place(
                    self.scope, self.lake, other.rows, other.table, arrange=other.arrange, writer=self._writer
                )
                if other.strangers is not None:
                    self.ignored[name] = other.strangers.count()
        return versions

    def _accepted_rows(self, source: str) -> int:
        return self.rows(f"accepted_{source}", self.accepted[source])

    def _judge(self, table: str, version: int) -> Judgement:
        if self._is_kept(table, version):
            return Judgement(table, version, [])  # it was judged when it was written
        frame = self._judged_rows(table, version)
        is_relation = table.startswith("relation_")
        keys = ("site", "to_key") if is_relation else _KEYS.get(table, _EVENT_KEYS)
        suite = table_suite(self.scope.workspace.suites.values(), table, keys=keys, is_unique=not is_relation)
        event = self.scope.workspace.catalogue.events.get(table.removeprefix("event_"))
        facts = SuiteFacts(rows=self.rows(table, version), keys=self._keys_of(event) if event else None)
        return Judgement(table, version, run_suite(frame, suite, facts=facts, as_of=self.scope.as_of))

    def _judged_rows(self, table: str, version: int) -> DataFrame:
        """What a suite must see: of the default one, only rows that were added, as the table had none of their ids."""
        if table not in self.grown or any(suite.table == table for suite in self._suites):
            return self.scope.read(table, version)
        before = {file.path for file in self.lake.files(table, version=self.scope.run.pins[table])}
        added = [file for file in self.lake.files(table, version=version) if file.path not in before]
        return self.lake.read_files(self.scope.spark, table, added, version=version)


def _for_joins(ordinals: DataFrame, count: int, keep: Keep) -> DataFrame:
    """The ordinals where the rows of every event will look for them: by hash, unless two persons share one."""
    hashed = co_located(by_hash(ordinals), [PERSON_HASH], count, keep)
    found = hashed.agg(F.count("*").alias("rows"), F.count_distinct(PERSON_HASH).alias("hashes")).collect()[0]
    return hashed if found["hashes"] == found["rows"] else co_located(ordinals, PERSON, count, keep)


def name_people(source: Source) -> bool:
    """Whether whom a source's rows name is in the universe."""
    return isinstance(source, PeopleSource | EventsSource)
