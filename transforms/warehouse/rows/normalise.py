"""A source's rows as Plateia understands them, each with the reasons why it is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from plateia.catalogue import ValueType
from plateia.declarations.sources import ConsentsSource, EventsSource, PeopleSource, RelationSource, SiteColumn, Source
from plateia.rules.tree import PropertyTest
from transforms.warehouse.rows.casts import present, typed
from transforms.warehouse.rows.columns import UNPARSED, SourceRows, join_of, tests_of
from transforms.warehouse.rows.filters import balanced, matches
from transforms.warehouse.rows.identity import (
    TIMESTAMP,
    Value,
    at_value,
    declared_value,
    event_id_value,
    id_uses,
    key_value,
    needed,
    person_value,
    require_castable,
    site_value,
    zone_of,
)
from transforms.warehouse.rows.joins import matched_flag
from transforms.warehouse.rows.texts import meaningful

Tokenise = Callable[[Column], Column]
Identify = Callable[[Column, Column], Column]
PersonSource = PeopleSource | EventsSource | ConsentsSource | RelationSource

# Columns beside the typed ones that no table keeps.
REASONS, UNMATCHED, LATEST = "row_reasons", "row_unmatched", "row_latest"


def inside(rows: SourceRows, source: Source, *, zones: Mapping[str, str]) -> Column:
    """Whether a row is part of the source: what its ``where`` says; never null.

    A declared column is compared in its declared type. A row that cannot be parsed, or whose declared value cannot be
    cast, is part of it and is refused later: nobody knows that it lies outside.
    """
    if source.row_filter is None:
        return F.lit(True)
    require_castable(rows, [(test.property, test.type) for test in tests_of(source.row_filter)], source.source)
    unsure = [F.col(UNPARSED)]

    def value_of(test: PropertyTest) -> Column:
        declared = [c for c in source.declared().values() if (c.column, c.type) == (test.property, test.type)]
        raw = rows[test.property]
        there = present(raw.value, raw.type, test.type)
        zone = _site_zone(rows, source, declared[0].zone if declared else "site", zones)
        value = typed(there, raw.type, test.type, zone=zone, naive=bool(declared) and declared[0].naive)
        if declared:
            unsure.append(there.isNotNull() & value.isNull())
        return value

    return balanced([matches(source.row_filter, value_of), *unsure], lambda a, b: a | b)


def _site_zone(rows: SourceRows, source: Source, zone: str, zones: Mapping[str, str]) -> Column:
    # The filter comes before the joins, so a site that a join tells is not known yet.
    if isinstance(source.site, SiteColumn) and join_of(source, source.site.column):
        return zone_of("UTC" if zone == "site" else zone, F.lit(None), zones)
    return zone_of(zone, site_value(rows, source.site, tuple(zones)).value, zones)


def normalise(
    rows: SourceRows,
    source: PersonSource,
    *,
    zones: Mapping[str, str],
    carried: Mapping[str, Column],
    token: Tokenise | None,
    identify: Identify | None = None,
) -> DataFrame:
    """One row a row that is handed in (part of the source, joins done).

    Args:
        zones: Site -> IANA zone.
        carried: Further columns to keep beside the typed ones, by name.
        token: Makes tokens of direct identifiers; without one their columns stay empty.
        identify: From a person's identifier and the site to the text that stands for it, null for nobody's; without
            it that is the identifier itself.

    Returns:
        ``site, person_id`` (of a relation that or ``from_key``, and ``to_key``), for events and consents ``at``
        (TIMESTAMP), for events ``event_id``, then the declared columns in their order; null where missing or refused.
        ``row_reasons`` ARRAY<STRING> (empty: accepted), ``row_unmatched`` ARRAY<STRING> (the joins without a matching
        row), for people ``row_latest``; and ``carried``.

    Raises:
        InputError: A column's Spark type can never become what it is declared to be.
    """
    require_castable(rows, _uses(source), source.source)
    site = site_value(rows, source.site, tuple(zones))
    # A projection of its own, so that every zone below refers to a plain column.
    staged = SourceRows(rows.frame.withColumn("row_site", site.value), rows.columns)
    person = _person(staged, source)
    if person is not None and identify is not None:
        identified = staged.frame.withColumn("row_person", identify(person.value, F.col("row_site")))
        staged = SourceRows(identified, rows.columns)
        person = _identified(person, str(source.person_column))
    values = [Value("site", F.col("row_site"), site.refusals), *([person] if person else [])]
    values += _values(staged, source, zones)
    hidden = {name for name, column in source.declared().items() if column.pii == "direct"}
    refusals = [refusal for value in values for refusal in value.refusals]
    missing = [(~F.coalesce(F.col(matched_flag(join)), F.lit(False)), join) for join in source.joins]
    refusals += [(gone, f"{join}: no row with this key") for gone, join in missing if source.joins[join].required]
    reasons = F.when(F.col(UNPARSED), F.array(F.lit("the row cannot be parsed"))).otherwise(words(refusals))
    return staged.frame.select(
        *(_shown(value, value.name in hidden, token).alias(value.name) for value in values),
        *_latest(staged, source, {value.name: value.value for value in values}),
        *(column.alias(name) for name, column in carried.items()),
        words(missing).alias(UNMATCHED),
        reasons.alias(REASONS),
    )


def _values(rows: SourceRows, source: PersonSource, zones: Mapping[str, str]) -> list[Value]:
    site = F.col("row_site")
    values: list[Value] = []
    if isinstance(source, EventsSource | ConsentsSource):
        values.append(at_value(rows[source.at.column], source.at, zone_of(source.at.zone, site, zones)))
    if isinstance(source, EventsSource):
        values.append(event_id_value(rows, source.id))
    if isinstance(source, RelationSource):
        ends = (("from_key", source.origin), ("to_key", source.target))
        values += [key_value(rows, end.key, name, what=f"key of {end.entity}") for name, end in ends if end.key]
    for name, column in source.declared().items():
        raw = rows[column.column]
        value = declared_value(raw, name, column, zone_of(column.zone, site, zones))
        values.append(needed(value, raw, column.column) if isinstance(source, ConsentsSource) else value)
    return values


def _person(rows: SourceRows, source: PersonSource) -> Value | None:
    column = source.person_column
    return None if column is None else person_value(rows[column], column)


def _identified(person: Value, column: str) -> Value:
    """The person by what stands for the identifier; a row whose identifier names nobody is refused."""
    nobody = person.value.isNotNull() & F.col("row_person").isNull() & F.col("row_site").isNotNull()
    return Value(person.name, F.col("row_person"), (*person.refusals, (nobody, f"{column}: no valid identifier")))


def _shown(value: Value, is_hidden: bool, token: Tokenise | None) -> Column:
    if not is_hidden:
        return value.value
    return F.lit(None).cast("string") if token is None else token(value.value)


def _uses(source: PersonSource) -> list[tuple[str, ValueType]]:
    ids = [] if source.person_column is None else [source.person_column]
    times: list[tuple[str, ValueType]] = []
    if isinstance(source.site, SiteColumn):
        ids.append(source.site.column)
    if isinstance(source, EventsSource):
        ids += source.id
    if isinstance(source, RelationSource):
        ids += [*(source.origin.key or ()), *(source.target.key or ())]
    if isinstance(source, EventsSource | ConsentsSource):
        times = [(source.at.column, TIMESTAMP)]
    return [*id_uses(ids), *times, *((c.column, c.type) for c in source.declared().values())]


def _latest(rows: SourceRows, source: PersonSource, values: Mapping[str, Column]) -> list[Column]:
    """What ``latest_by`` orders people's rows by: a declared column in its type, text that is a number by its value."""
    if not isinstance(source, PeopleSource) or source.latest_by is None:
        return []
    declared = [name for name, column in source.traits.items() if column.column == source.latest_by]
    raw = rows[source.latest_by]
    if declared:
        return [values[declared[0]].alias(LATEST)]
    if isinstance(raw.type, T.StringType):
        number = F.when(raw.value.rlike(r"\A-?\d{1,19}(\.\d{1,18})?\z"), raw.value).try_cast("decimal(38,18)")
        return [F.when(raw.value.isNotNull(), F.struct(number.alias("number"), raw.value.alias("text"))).alias(LATEST)]
    return [meaningful(raw.value, raw.type).alias(LATEST)]


def words(said: Iterable[tuple[Column, str]]) -> Column:
    """The words whose condition holds, as ARRAY<STRING>."""
    conditions = [(F.coalesce(condition, F.lit(False)), word) for condition, word in said]
    nothing = F.array().cast("array<string>")
    if not conditions:
        return nothing
    # Spark interprets what takes nulls out of an array: nearly no row should come to that.
    any_holds = balanced([condition for condition, _ in conditions], lambda a, b: a | b)
    words = F.array_compact(F.array(*(F.when(condition, F.lit(word)) for condition, word in conditions)))
    return F.when(any_holds, words).otherwise(nothing)
