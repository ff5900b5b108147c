"""The one home of every table's columns, partitioning and grain (Delta, under ``<lake>/<name>``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from plateia.catalogue import Attribute, EventType, Relation, ValueType

BLOCK_BITS = 18
BLOCK_SIZE = 1 << BLOCK_BITS  # people of a block: four 65,536-containers of a Roaring bitmap
FORMAT_VERSION = 1  # of lake.json; an older lake is migrated by a command, a newer one refused

INSTANT = pa.timestamp("us", tz="UTC")
_STATISTICS = ("site", "block", "ordinal", "at", "run_id", "audience", "event", "period")


@dataclass(frozen=True, slots=True)
class Table:
    """A table's name, columns (partition columns included, first) and partitioning."""

    name: str
    schema: pa.Schema
    partition_by: tuple[str, ...] = ()

    @property
    def statistics(self) -> tuple[str, ...]:
        """Columns that may have Delta statistics: never an id of a person or an event."""
        return tuple(c for c in _STATISTICS if c in self.schema.names and c not in self.partition_by)


def _table(name: str, partition_by: tuple[str, ...] = (), /, **columns: pa.DataType) -> Table:
    return Table(name, pa.schema(list(columns.items())), partition_by)


def arrow_type(value_type: ValueType) -> pa.DataType:
    """The Arrow type that holds a configured type in our tables."""
    if value_type.kind == "decimal":
        return pa.decimal128(value_type.precision, value_type.scale)
    return {
        "string": pa.string(),
        "long": pa.int64(),
        "double": pa.float64(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "timestamp": INSTANT,
        "array": pa.list_(pa.string()),
    }[value_type.kind]


def people(traits: Mapping[str, Attribute]) -> Table:
    """One row an ordinal of a site, one column a trait; a retired ordinal keeps its row, without any data."""
    fixed = {"site": pa.string(), "block": pa.int32(), "ordinal": pa.int32(), "alive": pa.bool_(),
             "person_id": pa.string()}  # fmt: skip
    return _table("people", ("site", "block"), **fixed, **{n: arrow_type(a.type) for n, a in sorted(traits.items())})


def events(event: EventType) -> Table:
    """One row an event of a type; ``period`` is the first day of its week, month or year."""
    fixed = {"site": pa.string(), "period": pa.date32(), "block": pa.int32(), "ordinal": pa.int32(), "at": INSTANT,
             "event_id": pa.string(), "source_key": pa.string()}  # fmt: skip
    columns = {name: arrow_type(attribute.type) for name, attribute in sorted(event.properties.items())}
    return _table(f"event_{event.name}", ("site", "period", "block"), **fixed, **columns)


def relation_table(relation: Relation) -> Table:
    """One row a distinct row of a relation; entities by the text of their key, or the JSON array of its texts."""
    is_of_people = relation.source == "person"
    start = {"block": pa.int32(), "ordinal": pa.int32()} if is_of_people else {"from_key": pa.string()}
    columns = {name: arrow_type(attribute.type) for name, attribute in sorted(relation.properties.items())}
    partition_by = ("site", "block") if is_of_people else ("site",)
    return _table(f"relation_{relation.name}", partition_by, site=pa.string(), **start, to_key=pa.string(), **columns)


def accepted(source: str, columns: Mapping[str, Attribute], *, keys: Sequence[str]) -> Table:
    """The accepted rows of one source, typed, before events are told apart: what a refused delivery falls back on.

    ``keys`` are the columns between the site and the declared ones: texts, and ``at``.
    """
    fixed = {"site": pa.string(), **{key: INSTANT if key == "at" else pa.string() for key in keys}}
    return _table(f"accepted_{source}", **fixed, **{n: arrow_type(a.type) for n, a in columns.items()})


def quarantine(source: str, columns: Iterable[str]) -> Table:
    """The refused rows of one source, as text."""
    fixed = {"run_id": pa.string(), "reasons": pa.list_(pa.string())}
    return _table(f"quarantine_{source}", ("run_id",), **fixed, **dict.fromkeys(columns, pa.string()))


CONSENTS = _table(
    "consents", ("site", "block"),
    site=pa.string(), block=pa.int32(), ordinal=pa.int32(), at=INSTANT, purpose=pa.string(), granted=pa.bool_(),
)  # fmt: skip

PERSON_ORDINALS = _table(
    "person_ordinals", ("site",),
    site=pa.string(), person_id=pa.string(), ordinal=pa.int32(), given_run=pa.string(), retired_run=pa.string(),
)  # fmt: skip

WAREHOUSE_CURRENT = _table(
    "warehouse_current", table=pa.string(), version=pa.int64(), refresh_run=pa.string(), at=INSTANT
)

WAREHOUSE_INPUTS = _table(
    "warehouse_inputs",
    table=pa.string(), version=pa.int64(), digest=pa.string(),
    files=pa.list_(pa.struct([("path", pa.string()), ("bytes", pa.int64()), ("modified_ms", pa.int64())])),
    facts=pa.string(),
)  # fmt: skip

AUDIENCE_MEMBERS = _table(
    "audience_members", ("site", "run_id"),
    site=pa.string(), run_id=pa.string(), audience=pa.string(), block=pa.int32(), size=pa.int32(), hash=pa.int64(),
    members=pa.binary(),
)  # fmt: skip

AUDIENCE_CHANGES = _table(
    "audience_changes", ("site", "run_id"),
    site=pa.string(), run_id=pa.string(), audience=pa.string(), block=pa.int32(), n_entered=pa.int32(),
    n_left=pa.int32(), entered=pa.binary(), left=pa.binary(),
)  # fmt: skip

EVENT_TOTALS = _table(
    "event_totals", ("site", "run_id"),
    site=pa.string(), run_id=pa.string(), block=pa.int32(), event=pa.string(), period=pa.string(),
    source=pa.string(), key=pa.string(), rows=pa.int64(), idle=pa.int32(), totals=pa.binary(),
)  # fmt: skip

AUDIENCE_CURRENT = _table(
    "audience_current", ("site",),
    site=pa.string(), audience=pa.string(), run_id=pa.string(), published_run=pa.string(), size=pa.int64(),
    as_of=INSTANT, published_at=INSTANT, definition_hash=pa.string(),
)  # fmt: skip

AUDIENCE_RUNS = _table(
    "audience_runs",
    run_id=pa.string(), site=pa.string(), audience=pa.string(), as_of=INSTANT, verdict=pa.string(),
    reasons=pa.list_(pa.string()), size=pa.int64(), entered=pa.int64(), left=pa.int64(),
    previous_run_id=pa.string(), core_ms=pa.float64(), leaves=pa.int32(),
)  # fmt: skip

PEOPLE_FEATURES = _table(
    "people_features", ("site", "run_id"),
    site=pa.string(), run_id=pa.string(), features=pa.string(), as_of=INSTANT, block=pa.int32(),
    ordinals=pa.binary(), vectors=pa.binary(), schema_hash=pa.string(),
)  # fmt: skip

SCORES = _table(
    "scores", ("site", "run_id"),
    site=pa.string(), run_id=pa.string(), score=pa.string(), as_of=INSTANT, block=pa.int32(), deciles=pa.binary(),
    kept=pa.binary(), values=pa.binary(),
)  # fmt: skip

SCORES_CURRENT = _table("scores_current", site=pa.string(), score=pa.string(), run_id=pa.string())

QUALITY_RESULTS = _table(
    "quality_results",
    run_id=pa.string(), table=pa.string(), suite=pa.string(), expectation=pa.string(), column=pa.string(),
    severity=pa.string(), success=pa.bool_(), observed=pa.string(), rows=pa.int64(), at=INSTANT,
)  # fmt: skip

LEASES = _table("leases", name=pa.string(), run_id=pa.string(), holder=pa.string(), since=INSTANT, until=INSTANT)

IDENTITY_SIGNALS = _table(
    "identity_signals", ("source", "delivery"),
    source=pa.string(), delivery=pa.string(), site=pa.string(), at=INSTANT, verified=pa.bool_(),
    confidence=pa.float64(), subject_type=pa.string(), subject=pa.binary(), type_a=pa.string(), token_a=pa.binary(),
    type_b=pa.string(), token_b=pa.binary(),
)  # fmt: skip

IDENTITY_WORDS = _table(
    "identity_words",
    purpose=pa.string(),
    identifier_type=pa.string(),
    token=pa.binary(),
    granted=pa.bool_(),
    at=INSTANT,
    stays=pa.bool_(),
)

IDENTITY_EDGES = _table(
    "identity_edges",
    type_a=pa.string(), token_a=pa.binary(), type_b=pa.string(), token_b=pa.binary(), source=pa.string(),
    purpose=pa.string(), first_seen=INSTANT, last_seen=INSTANT, count=pa.int64(), verified=pa.bool_(),
    confidence=pa.float64(),
)  # fmt: skip

IDENTITY_EDGES_REFUSED = _table(
    "identity_edges_refused",
    type_a=pa.string(), token_a=pa.binary(), type_b=pa.string(), token_b=pa.binary(), source=pa.string(),
    purpose=pa.string(), verified=pa.bool_(), score=pa.float64(), rule=pa.string(), run_id=pa.string(),
)  # fmt: skip

IDENTITY_MEMBERS = _table(
    "identity_members",
    identifier_type=pa.string(), token=pa.binary(), person_id=pa.string(), valid_from=INSTANT, valid_to=INSTANT,
    confidence=pa.float64(),
)  # fmt: skip

IDENTITY_SHARED = _table("identity_shared", identifier_type=pa.string(), token=pa.binary(), kept=pa.bool_())

IDENTITY_PEOPLE = _table(
    "identity_people",
    person_id=pa.string(), created_at=INSTANT, retired_at=INSTANT, identifiers=pa.int32(), anchors=pa.int32(),
)  # fmt: skip

IDENTITY_EVENTS = _table(
    "identity_events",
    at=INSTANT, run_id=pa.string(), kind=pa.string(), person_id=pa.string(), other_person_id=pa.string(),
    evidence=pa.string(),
)  # fmt: skip

IDENTITY_REDIRECTS = _table("identity_redirects", person_id=pa.string(), current_person_id=pa.string())

IDENTITY_TOMBSTONES = _table("identity_tombstones", token=pa.binary())

IDENTITY_VAULT = _table("identity_vault", token=pa.binary(), value=pa.binary())

IDENTITY_VAULT_KEYS = _table("identity_vault_keys", person_id=pa.string(), key=pa.binary())

TOKEN_COLUMNS = ("token", "token_a", "token_b", "subject")

IDENTITY_CURRENT = _table(
    "identity_current", table=pa.string(), version=pa.int64(), run_id=pa.string(), as_of=INSTANT, at=INSTANT,
    facts=pa.string(),
)  # fmt: skip

IDENTITY_TABLES = (
    IDENTITY_SIGNALS, IDENTITY_WORDS, IDENTITY_EDGES, IDENTITY_EDGES_REFUSED, IDENTITY_SHARED, IDENTITY_MEMBERS,
    IDENTITY_PEOPLE, IDENTITY_EVENTS, IDENTITY_REDIRECTS, IDENTITY_TOMBSTONES, IDENTITY_VAULT,
    IDENTITY_VAULT_KEYS,
)  # fmt: skip

CONTROL_TABLES = (
    AUDIENCE_MEMBERS, AUDIENCE_CHANGES, EVENT_TOTALS, AUDIENCE_CURRENT, AUDIENCE_RUNS, QUALITY_RESULTS,
    WAREHOUSE_CURRENT, WAREHOUSE_INPUTS, SCORES_CURRENT, LEASES,
)  # fmt: skip
