"""Which versions of the identity tables belong together, and what they were made from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from plateia import clock
from plateia.declarations.environments import Keys
from plateia.errors import ConfigError, UsageError
from plateia.identity.tokens import TokenKeys
from plateia.lake import Lake
from plateia.tables import IDENTITY_CURRENT, Table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


@dataclass(frozen=True)
class State:
    """What readers see.

    Attributes:
        pins: Table -> version.
        as_of: Of the run that made them; None before the first.
        facts: What the next run must know of it, as JSON; never a value of a row.
    """

    pins: Mapping[str, int] = field(default_factory=dict)
    as_of: datetime | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def read_state(lake: Lake, *, version: int | None = None) -> State:
    """The published state, or that of a version of ``identity_current``; empty before the first run."""
    rows = lake.rows(IDENTITY_CURRENT, version=version).to_pylist()
    if not rows:
        return State()
    pins = {row["table"]: row["version"] for row in rows}
    return State(pins, max(row["as_of"] for row in rows), json.loads(rows[0]["facts"]))


def published_state(lake: Lake | None) -> State:
    """The published state.

    Raises:
        UsageError: Nothing has been resolved yet.
    """
    state = State() if lake is None else read_state(lake)
    if not state.pins:
        raise UsageError.because(
            "a lake without identities",
            expected="identities to tell persons by",
            hint="`plateia resolve-identities` makes them; run it before each refresh.",
        )
    return state


def require_same_keys(keys: TokenKeys, secrets: Keys, state: State) -> None:
    """Refuse keys that the published identities were not made with.

    Raises:
        ConfigError: There is one; it names its variable.
    """
    known = state.facts.get("checks", {})
    variables = {"": secrets.identity_token, **secrets.identity_wrap}
    others = [str(variables[kid]) for kid, check in keys.checks.items() if known.get(kid, check) != check]
    if others:
        hint = "Set it to the key that it was. A new wrapping key gets an id of its own; the token key never changes."
        got = f"another key in {', '.join(others)} than the identities of the lake were made with"
        raise ConfigError.because(got, hint=hint)


def read_pinned(spark: SparkSession, lake: Lake, state: State, table: Table) -> DataFrame:
    """A table at the version that a state names."""
    return read_version(spark, lake, table, state.pins[table.name])


def read_version(spark: SparkSession, lake: Lake, table: Table, version: int) -> DataFrame:
    """A table of identities at a version."""
    return lake.read_frame(spark, table.name, version=version, contract=table)


def write_state(lake: Lake, state: State, *, run_id: str) -> None:
    """The one commit that makes readers see what a run has staged."""
    at, facts = clock.now(), json.dumps(dict(state.facts), sort_keys=True)
    rows = [
        {"table": table, "version": version, "run_id": run_id, "as_of": state.as_of, "at": at, "facts": facts}
        for table, version in sorted(state.pins.items())
    ]
    lake.replace(IDENTITY_CURRENT, pa.Table.from_pylist(rows, schema=IDENTITY_CURRENT.schema), app=run_id)
