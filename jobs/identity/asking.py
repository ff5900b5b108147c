"""Asking the published identities, without Spark: whose a value is, and by which evidence."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

from jobs.identity.scope import require_identity
from jobs.identity.state import State, published_state, require_same_keys
from jobs.options import Context
from plateia.declarations.identity import Identity
from plateia.errors import UsageError, did_you_mean, echo, one_of
from plateia.identity.keys import token_keys
from plateia.identity.normalising import Canon
from plateia.identity.tokens import TokenKeys
from plateia.lake import Lake
from plateia.tables import IDENTITY_MEMBERS, IDENTITY_SHARED, IDENTITY_TOMBSTONES, Table

UNKNOWN, KNOWN, SHARED = "unknown", "known", "shared"
Stored = tuple[str, bytes]  # type, token


@dataclass(frozen=True)
class Asking:
    """The published identities of a lake. ``keys`` wrap as they were wrapped when they were published."""

    lake: Lake
    state: State
    identity: Identity
    keys: TokenKeys
    countries: Mapping[str, str | None]

    @classmethod
    def of(cls, context: Context) -> Asking:
        """Those of a command's lake.

        Raises:
            ConfigError: Identity is not configured, or a key is not set.
            UsageError: Nothing has been resolved yet.
        """
        context.workspace.require_sound()
        identity = require_identity(context.workspace)
        secrets = context.workspace.environment.keys
        keys, state = token_keys(secrets, identity), published_state(context.lake)
        require_same_keys(keys, secrets, state)
        current = replace(keys, current=state.facts["kid"])
        return cls(context.lake, state, identity, current, context.workspace.countries)

    def token(self, kind: str, value: str, site: str) -> bytes | None:
        """The token of a value as the lake holds it; None for a value that names nobody.

        Raises:
            UsageError: There is no such type.
        """
        if kind not in self.identity.identifiers:
            known = self.identity.identifiers
            raise UsageError.because(f"the type {echo(kind)}", expected=one_of(known), hint=did_you_mean(kind, known))
        canonical = self._canons[kind].canonical(value, self.countries[site])
        try:
            return None if canonical is None else self.keys.wrap(self.keys.inner(kind, canonical, site))
        except UnicodeEncodeError:  # bytes that are no text
            return None

    @cached_property
    def _canons(self) -> Mapping[str, Canon]:
        return {name: Canon.of(kind) for name, kind in self.identity.identifiers.items()}

    def whose(self, tokens: Sequence[bytes | None]) -> list[tuple[str | None, str]]:
        """The person_id and the status of each token: known, shared or unknown."""
        wanted = {token for token in tokens if token is not None}
        persons = self.persons(wanted)
        shared = self.shared(wanted - set(persons))
        found: list[tuple[str | None, str]] = []
        for token in tokens:
            person = None if token is None else persons.get(token)
            found.append((person, KNOWN if person else SHARED if token in shared else UNKNOWN))
        return found

    def persons(self, tokens: Collection[bytes]) -> dict[bytes, str]:
        """Token -> person_id, of those that are somebody's."""
        rows = self.rows(IDENTITY_MEMBERS, {"token": pa.array(sorted(set(tokens)), pa.binary())})
        current = rows.filter(pc.is_null(rows["valid_to"]))
        return dict(zip(current["token"].to_pylist(), current["person_id"].to_pylist(), strict=True))

    def shared(self, tokens: Collection[bytes]) -> set[bytes]:
        """Those that several people share."""
        rows = self.rows(IDENTITY_SHARED, {"token": pa.array(sorted(set(tokens)), pa.binary())})
        return set(rows["token"].to_pylist())

    def erased(self, tokens: Collection[bytes]) -> set[bytes]:
        """Those under which nothing is stored any more."""
        stones = self.lake.rows(IDENTITY_TOMBSTONES)["token"].to_pylist()
        return {self.keys.rewrap(token) for token in stones} & set(tokens)

    def members(self, persons: Sequence[str]) -> dict[Stored, str]:
        """The values of some persons, each with its person_id."""
        rows = self.rows(IDENTITY_MEMBERS, {"person_id": pa.array(list(persons), pa.string())})
        current = rows.filter(pc.is_null(rows["valid_to"])).select(["identifier_type", "token", "person_id"])
        return {(row["identifier_type"], row["token"]): row["person_id"] for row in current.to_pylist()}

    def rows(self, table: Table, values: Mapping[str, pa.Array]) -> pa.Table:
        """Published rows some of whose named columns has one of the values."""
        return self.lake.rows_among(table, values, version=self.state.pins[table.name])
