"""A company that nobody knew before: its warehouse equals the truth, and its audiences equal the oracle's."""

from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from tests.company.database import PROPERTIES, RELATIONS, TRAITS
from tests.company.world import SITES
from tests.lakes import BuiltLake, MadeUp
from tests.oracle.query import World
from tests.published import person_ids, published_members

SOURCES = (
    "accounts", "panel", "orders", "us_orders", "visits", "calls", "carts", "lines", "sellers", "consents",
)  # fmt: skip
Members = dict[tuple[str, str], frozenset[str]]


@pytest.fixture(scope="module")
def published(company_lake: BuiltLake) -> Members:
    return published_members(company_lake.lake)


def test_refused_rows_and_awkward_data_are_an_ordinary_day(company_lake: BuiltLake) -> None:
    assert company_lake.exits == {"refresh-warehouse": 0, "build-audiences": 0}


@pytest.mark.parametrize("site", SITES)
def test_audiences_of_a_site_equal_the_oracle(site: str, published: Members, company_worlds: dict[str, World]) -> None:
    world = company_worlds[site]
    expected = {key: world.members(key) for key, audience in world.audiences.items() if site in audience.sites}
    found = {audience: members for (of, audience), members in published.items() if of == site}
    assert sorted(found) == sorted(expected)
    wrong = {
        key: {"missing": len(expected[key] - found[key]), "too many": len(found[key] - expected[key])}
        for key in expected
        if expected[key] != found[key]
    }
    assert wrong == {}


def test_the_audiences_put_the_oracle_to_the_test(company_worlds: dict[str, World]) -> None:
    """Most audiences have members and outsiders on some site, so that equality means something."""
    telling = set()
    for world in company_worlds.values():
        everybody = world.connection.execute(f"SELECT count(*) FROM {world.site}.people").fetchall()[0][0]
        telling |= {key for key in world.audiences if 0 < len(world.members(key)) < everybody}
    audiences = next(iter(company_worlds.values())).audiences
    assert len(telling) > 0.9 * len(audiences)


def test_people_equal_the_truth(company_lake: BuiltLake, made_up: MadeUp) -> None:
    people = pl.read_delta(company_lake.uri("people")).filter(pl.col("alive"))
    found = _rows(people, ("site", "person_id", *TRAITS))
    expected = Counter(
        (site, person, *(_comparable(traits.get(name)) for name in TRAITS))
        for (site, person), traits in made_up.truth.people.items()
    )
    assert found == expected


@pytest.mark.parametrize("kind", PROPERTIES)
def test_events_equal_the_truth(kind: str, company_lake: BuiltLake, made_up: MadeUp) -> None:
    ids = person_ids(company_lake.lake)
    events = pl.read_delta(company_lake.uri(f"event_{kind}"))
    persons = [ids[site][ordinal] for site, ordinal in events.select("site", "ordinal").iter_rows()]
    named = events.with_columns(person_id=pl.Series(persons))
    expected = Counter(
        (e.site, e.person_id, _comparable(e.at), e.event_id, *(_comparable(e.properties[n]) for n in PROPERTIES[kind]))
        for e in made_up.truth.events(kind)
    )
    assert _rows(named, ("site", "person_id", "at", "event_id", *PROPERTIES[kind])) == expected


@pytest.mark.parametrize("name", RELATIONS)
def test_relations_equal_the_truth(name: str, company_lake: BuiltLake, made_up: MadeUp) -> None:
    ids, known = person_ids(company_lake.lake), made_up.truth.people
    table = pl.read_delta(company_lake.uri(f"relation_{name}"))
    if "ordinal" in table.columns:
        starts = [ids[site][ordinal] for site, ordinal in table.select("site", "ordinal").iter_rows()]
        table = table.with_columns(from_key=pl.Series(starts))
    expected = Counter(
        (row["site"], row["start"], row["to_key"], *(_comparable(row[column]) for column in RELATIONS[name]))
        for row in made_up.truth.relations[name]
        if name != "placed" or (row["site"], row["start"]) in known
    )
    assert _rows(table, ("site", "from_key", "to_key", *RELATIONS[name])) == expected


def test_words_of_consent_equal_the_truth(company_lake: BuiltLake, made_up: MadeUp) -> None:
    ids, known = person_ids(company_lake.lake), made_up.truth.people
    table = pl.read_delta(company_lake.uri("consents"))
    persons = [ids[site][ordinal] for site, ordinal in table.select("site", "ordinal").iter_rows()]
    columns = ("site", "person_id", "purpose", "at", "granted")
    said = {tuple(_comparable(word[column]) for column in columns) for word in made_up.truth.words}
    expected = Counter(word for word in said if word[:2] in known)
    assert _rows(table.with_columns(person_id=pl.Series(persons)), columns) == expected


@pytest.mark.parametrize("source", SOURCES)
def test_refused_rows_lie_in_quarantine_with_a_reason(source: str, company_lake: BuiltLake, made_up: MadeUp) -> None:
    quarantined = pl.read_delta(company_lake.uri(f"quarantine_{source}"))
    assert quarantined.height == made_up.truth.refused[source]
    assert quarantined.filter(pl.col("reasons").list.len() == 0).height == 0


def _rows(table: pl.DataFrame, columns: tuple[str, ...]) -> Counter[tuple[object, ...]]:
    return Counter(tuple(_comparable(value) for value in row) for row in table.select(columns).iter_rows())


def _comparable(value: Any) -> object:
    """Instants in UTC, NaN as missing, -0.0 as 0, a decimal without its scale, a list as a tuple."""
    match value:
        case datetime():
            return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
        case float():
            return None if math.isnan(value) else value + 0.0
        case Decimal():
            return value.normalize()
        case list():
            return tuple(value)
    return value
