"""Whose rows are whose, where identity is configured: from the identifiers of sources to persons, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.identity.state import State, published_state, read_pinned, require_same_keys
from plateia.declarations.identity import Identity
from plateia.declarations.sources import Source
from plateia.identity.keys import token_keys
from plateia.identity.normalising import Canon
from plateia.identity.tokens import TokenKeys
from plateia.lake import Lake
from plateia.tables import IDENTITY_MEMBERS, IDENTITY_PEOPLE
from plateia.workspace import Workspace
from transforms.identity.rewrapping import is_text_under, rewrapped, rewrapped_texts
from transforms.warehouse.rows.normalise import Identify, PersonSource
from transforms.warehouse.rows.vectors import identifier_tokeniser
from transforms.warehouse.tables.people import PERSON


@dataclass(frozen=True)
class Persons:
    """The published identities, as a refresh pins them.

    In accepted rows and events an identifier stands as the text of its token; ``people`` and ``person_ordinals`` have
    the person's id.
    """

    identity: Identity
    keys: TokenKeys
    state: State
    countries: Mapping[str, str | None]

    @classmethod
    def of(cls, workspace: Workspace, lake: Lake | None) -> Persons | None:
        """Those of a lake; None where identity is not configured.

        Raises:
            ConfigError: A key is not set or too short.
            UsageError: Nothing has been resolved yet.
        """
        if workspace.identity is None:
            return None
        secrets = workspace.environment.keys
        keys, state = token_keys(secrets, workspace.identity), published_state(lake)
        require_same_keys(keys, secrets, state)
        return cls(workspace.identity, keys, state, workspace.countries)

    @property
    def digest(self) -> str:
        """Changes with whatever an identifier's token depends on; whose it is aside."""
        key = self.keys.fresh("digest", b"").hex()
        kinds = {name: repr(Canon.of(kind)) for name, kind in sorted(self.identity.identifiers.items())}
        return json.dumps([key, self.keys.current, self.keys.by_site, kinds, dict(self.countries)])

    @property
    def version(self) -> int:
        """Of the identities: changes with whose anything is."""
        return self.state.pins[IDENTITY_MEMBERS.name]

    def identify(self, source: PersonSource) -> Identify | None:
        """From the identifiers of a source's persons to the texts of their tokens."""
        if source.person_column is None:
            return None
        named = source.person_identifier
        kind = self.identity.kind_or_strongest(None if named is None else named[1])
        canonical = Canon.of(self.identity.identifiers[kind]).canonical
        return identifier_tokeniser(kind, canonical, self.countries, self.keys)

    def by_key(self, spark: SparkSession, lake: Lake) -> DataFrame:
        """``key, person``: the text of every token that is somebody's, and whose."""
        members = read_pinned(spark, lake, self.state, IDENTITY_MEMBERS)
        current = members.where(F.col("valid_to").isNull()).select("token", "person_id")
        current = current if self.state.facts["kid"] == self.keys.current else rewrapped(current, self.keys)
        return current.select(F.base64("token").alias("key"), F.col("person_id").alias("person"))

    def under_current_key(self, rows: DataFrame, source: Source) -> DataFrame:
        """Accepted rows of a source, which may have been accepted under an older key.

        Where the environment names no other key a row of one is an error of whoever reads it, rather than nobody's.
        """
        if source.person_column is None:
            return rows
        key = F.col("person_id")
        if len(self.keys.wraps) > 1:
            return rows.withColumn("person_id", rewrapped_texts(self.keys)(key))
        is_current = is_text_under(key, self.keys)
        stray = F.raise_error(
            F.lit(
                "accepted rows are wrapped by a key that the environment does not name: "
                "name it beside the current one among `keys: identity_wrap`, and refresh"
            )
        ).cast("string")
        return rows.withColumn("person_id", F.when(is_current | key.isNull(), key).otherwise(stray))

    def retired(self, spark: SparkSession, lake: Lake) -> DataFrame:
        """``person_id`` of those who are nobody any more."""
        people = read_pinned(spark, lake, self.state, IDENTITY_PEOPLE)
        return people.where(F.col("retired_at").isNotNull()).select("person_id")


def as_persons(rows: DataFrame, by_key: DataFrame) -> DataFrame:
    """Rows whose ``person_id`` is a key, with the person's id in its place; without those of nobody."""
    named = by_key.select(F.col("key").alias("person_id"), "person")
    joined = rows.join(named, on="person_id", how="inner").drop("person_id")
    return joined.withColumnRenamed("person", "person_id").select(*rows.columns)


def keyed(ordinals: DataFrame, by_key: DataFrame) -> DataFrame:
    """``site, person_id, ordinal`` by each of a person's keys, in place of the person's id."""
    named = by_key.select(F.col("person").alias("person_id"), "key")
    joined = ordinals.select(*PERSON, "ordinal").join(named, on="person_id", how="inner")
    return joined.select("site", F.col("key").alias("person_id"), "ordinal")
