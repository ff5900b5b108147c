"""The scope of one resolution: what it reads from, with what, for when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.identity.state import State, read_version, require_same_keys
from jobs.options import Context
from plateia.clock import instant_of
from plateia.declarations.identity import Identity
from plateia.declarations.sources import ConsentsSource, EventsSource, PeopleSource, SignalsSource
from plateia.errors import ConfigError
from plateia.identity.keys import token_keys, vault_key
from plateia.identity.tokens import TokenKeys
from plateia.identity.vault import VaultKey
from plateia.lake import Lake
from plateia.tables import IDENTITY_TOMBSTONES, IDENTITY_WORDS, Table
from plateia.trace import Run
from plateia.workspace import Workspace
from transforms.identity.evidence.tombstones import without_erased
from transforms.identity.rewrapping import rewrapped
from transforms.identity.rules import Rules


@dataclass(frozen=True)
class Scope:
    """One resolution.

    Attributes:
        lake: Where the published identities are read.
        stage: Where new ones are written: the same lake, or one of its own, for what is tried and not published.
        vault: Of the values that destinations want; None: they want none.
        identity: May be other rules than the workspace's, to see what they would do.
        stands_still: Whether as_of is that of the last run, and no source is looked at: nothing but erasure changes.
    """

    lake: Lake
    stage: Lake
    spark: SparkSession
    workspace: Workspace
    run: Run
    identity: Identity
    keys: TokenKeys
    state: State
    vault: VaultKey | None = None
    stands_still: bool = False

    @classmethod
    def of(
        cls,
        context: Context,
        lake: Lake,
        identity: Identity,
        state: State,
        *,
        stage: Lake | None = None,
        stands_still: bool = False,
    ) -> Scope:
        """The scope of a command.

        Raises:
            ConfigError: A key is not named, not set, too short, or another than it was.
        """
        secrets = context.workspace.environment.keys
        keys = token_keys(secrets, identity)
        require_same_keys(keys, secrets, state)
        return cls(
            lake,
            lake if stage is None else stage,
            context.spark,
            context.workspace,
            context.run,
            identity,
            keys,
            state,
            vault_key(secrets, identity),
            stands_still,
        )

    @cached_property
    def rules(self) -> Rules:
        return Rules.of(self.identity)

    @property
    def zones(self) -> Mapping[str, str]:
        """Site -> zone."""
        return {name: site.zone for name, site in self.workspace.sites.items()}

    @property
    def as_of_by_site(self) -> Mapping[str, datetime]:
        """What as_of means on each site."""
        known = self.state.facts.get("as_of_us", {}) if self.stands_still else {}
        return {
            site: instant_of(known[site]) if site in known else self.run.as_of.at(ZoneInfo(zone))
            for site, zone in self.zones.items()
        }

    @property
    def as_of(self) -> datetime:
        """The latest instant that as_of means on one of the sites."""
        return max(self.as_of_by_site.values())

    @property
    def sources(self) -> dict[str, SignalsSource]:
        """The sources of signals, by name."""
        found = sorted(self.workspace.sources.items())
        return {name: source for name, source in found if isinstance(source, SignalsSource)}

    @property
    def namers(self) -> dict[str, PeopleSource | EventsSource]:
        """The sources of the warehouse whose rows name its people, by name."""
        found = sorted(self.workspace.sources.items())
        return {name: source for name, source in found if isinstance(source, PeopleSource | EventsSource)}

    @property
    def consents(self) -> dict[str, ConsentsSource]:
        """The sources of consents, by name."""
        found = sorted(self.workspace.sources.items())
        return {name: source for name, source in found if isinstance(source, ConsentsSource)}

    @property
    def is_tried(self) -> bool:
        """Whether nothing is to be published."""
        return self.stage is not self.lake

    @property
    def purposes(self) -> tuple[str, ...]:
        """What sources of signals need a word for, in order of name."""
        return tuple(sorted({source.purpose for source in self.sources.values() if source.purpose}))

    @property
    def purpose(self) -> Column:
        """What the source of a row of ``identity_signals`` needs a word for; null: nothing."""
        purpose = F.lit(None).cast("string")
        for name, source in self.sources.items():
            purpose = F.when(F.col("source") == name, F.lit(source.purpose)).otherwise(purpose)
        return purpose

    @property
    def is_forgetting(self) -> bool:
        """Whether people have asked to be forgotten of whom the published identities still know."""
        newest = self.lake.version(IDENTITY_TOMBSTONES.name)
        return bool(self.state.pins) and newest != self.state.facts.get("tombstones")

    @property
    def tombstones(self) -> DataFrame:
        """``token``: under which nothing is stored any more, each once."""
        newest = self.lake.version(IDENTITY_TOMBSTONES.name)
        if newest is None:
            return self.spark.createDataFrame(IDENTITY_TOMBSTONES.schema.empty_table())
        return rewrapped(read_version(self.spark, self.lake, IDENTITY_TOMBSTONES, newest), self.keys).distinct()

    def without_erased(self, signals: DataFrame) -> DataFrame:
        """Rows of ``identity_signals`` without the values of the erased."""
        return without_erased(signals, self.tombstones, self.pinned(IDENTITY_WORDS), purpose=self.purpose)

    def pinned(self, table: Table) -> DataFrame:
        """A table as readers see it; empty before the first run."""
        version = self.state.pins.get(table.name)
        if version is None:
            return self.spark.createDataFrame(table.schema.empty_table())
        return self.current(read_version(self.spark, self.lake, table, version))

    def write(self, rows: DataFrame, table: Table) -> int:
        """Write a table whole where nobody reads it yet; returns its version."""
        return self.stage.write_frame(rows, table, run_id=self.run.run_id)

    def staged(self, table: Table, version: int) -> DataFrame:
        """A table as this run has written it."""
        return read_version(self.spark, self.stage, table, version)

    def current(self, rows: DataFrame) -> DataFrame:
        """Rows of the lake with every token under the current key; they are so already unless the key has changed."""
        kids = set(self.state.facts.get("kids", [self.keys.current]))
        return rows if kids == {self.keys.current} else rewrapped(rows, self.keys)


def require_identity(workspace: Workspace) -> Identity:
    """The configured identity.

    Raises:
        ConfigError: There is none.
    """
    if workspace.identity is None:
        raise ConfigError.because(
            "no identity.yml in the configuration",
            expected="one that names the identifiers",
            hint="docs/identity.md has one to start from.",
        )
    return workspace.identity
