"""Whose row it is, where, when, and which event: each with the reasons that refuse a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql import types as T

from plateia.catalogue import ValueType
from plateia.declarations.columns import Column as Declared
from plateia.declarations.columns import Instant
from plateia.declarations.sources import SiteColumn
from plateia.errors import InputError, Location, Problem
from transforms.warehouse.rows.casts import always_fits, can_become, outside, present, typed
from transforms.warehouse.rows.columns import SourceColumn, SourceRows
from transforms.warehouse.rows.texts import as_id, meaningful
from transforms.warehouse.rows.times import to_instant

TIMESTAMP = ValueType("timestamp")
_TEXT = ValueType("string")
Refusal = tuple[Column, str]


@dataclass(frozen=True, slots=True)
class Value:
    """A column of the outcome: its name, its value, and the conditions that refuse the row, each with its reason."""

    name: str
    value: Column
    refusals: tuple[Refusal, ...] = ()


def site_value(rows: SourceRows, site: str | SiteColumn, sites: Sequence[str]) -> Value:
    """The site, a constant or by a column; null where that is missing, not mapped or no site of the company."""
    if isinstance(site, str):
        return Value("site", F.lit(site))
    raw = rows[site.column]
    word = _not_empty(as_id(raw.value, raw.type))
    known = {word: mapped for word, mapped in (site.map or {s: s for s in sites}).items() if mapped in sites}
    mapping = F.create_map(*(F.lit(part) for pair in sorted(known.items()) for part in pair))
    value = F.try_element_at(mapping, word)
    refusals = (
        (word.isNull(), f"{site.column}: no site"),
        (word.isNotNull() & value.isNull(), f"{site.column}: a site that is not mapped"),
    )
    return Value("site", value, refusals)


def zone_of(zone: str, site: Column, zones: Mapping[str, str]) -> Column:
    """The zone of naive times: a name, or that of the row's site (null where the site is)."""
    if zone != "site":
        return F.lit(zone)
    pairs = F.create_map(*(F.lit(part) for pair in sorted(zones.items()) for part in pair))
    return F.try_element_at(pairs, site)


def person_value(raw: SourceColumn, column: str) -> Value:
    """The person's id as text; empty text names nobody."""
    value = _not_empty(as_id(raw.value, raw.type))
    there = _there(raw)
    return Value(
        "person_id",
        value,
        ((~there, f"{column}: no person"), (there & value.isNull(), f"{column}: a number that is no exact id")),
    )


def event_id_value(rows: SourceRows, columns: Sequence[str]) -> Value:
    """The event id."""
    return key_value(rows, columns, "event_id", what="event id")


def key_value(rows: SourceRows, columns: Sequence[str], name: str, *, what: str) -> Value:
    """An identity: the text of its column, or for several the compact JSON array of their texts."""
    texts = {column: as_id(rows[column].value, rows[column].type) for column in columns}
    if len(columns) == 1:
        texts = {column: _not_empty(text) for column, text in texts.items()}
    value = next(iter(texts.values())) if len(columns) == 1 else F.to_json(F.array(*texts.values()))
    complete = F.lit(True)
    refusals: list[Refusal] = []
    for column, text in texts.items():
        there = _there(rows[column]) if len(columns) == 1 else rows[column].value.isNotNull()
        refusals.append((~there, f"{column}: no {what}"))
        refusals.append((there & text.isNull(), f"{column}: a number that is no exact id"))
        complete = complete & text.isNotNull()
    return Value(name, F.when(complete, value), tuple(refusals))


def at_value(raw: SourceColumn, at: Instant, zone: Column) -> Value:
    """The instant of an event. Without a zone (the site is missing) nothing is said of a time that needs one."""
    value = to_instant(raw.value, raw.type, zone, naive=at.naive)
    failed = raw.value.isNotNull() & value.isNull() & zone.isNotNull()
    return Value(
        "at",
        value,
        ((raw.value.isNull(), f"{at.column}: no time"), (failed, f"{at.column}: cannot be cast to timestamp")),
    )


def declared_value(raw: SourceColumn, name: str, declared: Declared, zone: Column) -> Value:
    """A trait or property in its declared type, inside its closed set."""
    there = present(raw.value, raw.type, declared.type)
    value = typed(there, raw.type, declared.type, zone=zone, naive=declared.naive)
    failed = there.isNotNull() & value.isNull()
    if declared.type.kind in ("date", "timestamp"):
        failed = failed & zone.isNotNull()
    refusals: list[Refusal] = []
    if not always_fits(raw.type, declared.type):
        refusals.append((failed, f"{declared.column}: cannot be cast to {declared.type}"))
    if declared.values is not None:
        stray = outside(value, declared.type, declared.values)
        refusals.append((stray, f"{declared.column}: outside the closed set of {name}"))
    return Value(name, value, tuple(refusals))


def needed(value: Value, raw: SourceColumn, column: str) -> Value:
    """The same value, and a row without it is refused."""
    return Value(value.name, value.value, (*value.refusals, (raw.value.isNull(), f"{column}: no {value.name}")))


def require_castable(rows: SourceRows, uses: Sequence[tuple[str, ValueType]], source: str) -> None:
    """Check that columns can be what they are used as at all.

    Raises:
        InputError: A column's Spark type can never become the declared type; one problem each.
    """
    if wrong := [(column, wanted) for column, wanted in uses if not can_become(rows[column].type, wanted)]:
        raise InputError(
            [
                Problem(
                    Location(path=f"source {source}"),
                    f"the column {column} of type {rows[column].type.simpleString()}",
                    f"a type that can be read as {wanted}",
                )
                for column, wanted in wrong
            ]
        )


def id_uses(columns: Sequence[str]) -> list[tuple[str, ValueType]]:
    """Identifiers are read as text."""
    return [(column, _TEXT) for column in columns]


def _there(raw: SourceColumn) -> Column:
    value = meaningful(raw.value, raw.type)
    return F.coalesce(value != "", F.lit(False)) if isinstance(raw.type, T.StringType) else value.isNotNull()


def _not_empty(text: Column) -> Column:
    return F.when(text != "", text)
