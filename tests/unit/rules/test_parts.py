"""Parts of the language that other declarations use, and the JSON Schema that editors use."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings

from plateia.catalogue import ValueType
from plateia.config import Document, Plain
from plateia.rules import parse_filter, parse_valued_event, parse_window
from plateia.rules.grammar.document import AudienceDocument
from plateia.rules.tree import Condition, Days, EventNode, Measure, PropertyTest
from plateia.rules.tree import Test as Check
from plateia.schemas import schemas
from tests.unit.rules.shop import CATALOGUE, TRAITS, read
from tests.unit.rules.strategies import Rule, audiences_for, rules_for

DOCUMENT = Document("source.yml", 0, {})
SCHEMA = jsonschema.Draft202012Validator(json.loads(schemas()["audience.json"]))
RULES = rules_for(CATALOGUE, audiences=["others"], lists=["ids.csv"])


def test_a_filter_of_a_source() -> None:
    bound, problems = parse_filter({"visits": {"gte": "0"}}, TRAITS, document=DOCUMENT, path=("where",))
    assert problems == []
    assert bound == PropertyTest("visits", ValueType("long"), Condition((Check("gte", 0),)))


def test_problems_of_a_filter_stand_below_its_path() -> None:
    bound, problems = parse_filter({"visit": "1"}, TRAITS, document=DOCUMENT, path=("list", 2, "where"))
    assert bound is None
    assert str(problems[0]).startswith(
        "source.yml: list[2].where.visit: got the unknown column 'visit'; expected one of: "
    )
    assert problems[0].hint == "Did you mean 'visits'?"


def test_the_structure_of_a_filter_is_checked_first() -> None:
    bound, problems = parse_filter({"any": [], "visits": "1"}, TRAITS, document=DOCUMENT, path=("where",))
    assert bound is None
    assert [problem.where.path for problem in problems] == ["where"]


def test_a_window_on_its_own() -> None:
    assert parse_window({"days": "7"}, document=DOCUMENT, path=("window",)) == (Days(7), [])
    bound, problems = parse_window({"next": "7d"}, document=DOCUMENT, path=("window",))
    assert bound is None
    assert problems[0].where.path == "window.next"


@pytest.mark.parametrize(
    ("plain", "measure"),
    [
        pytest.param({"event": "order"}, Measure("count"), id="no measure counts"),
        pytest.param({"event": "order", "count": {}}, Measure("count"), id="count"),
        pytest.param(
            {"event": "order", "sum": {"of": "fee"}},
            Measure("sum", of="fee", of_type=ValueType("decimal", 9, 2)),
            id="sum",
        ),
        pytest.param({"event": "order", "last": {}}, Measure("last"), id="the last one's time"),
    ],
)
def test_an_event_whose_value_is_used(plain: Plain, measure: Measure) -> None:
    bound, problems = parse_valued_event(plain, CATALOGUE, document=DOCUMENT, path=("weights",))
    assert problems == []
    assert bound == EventNode("order", measure)


def test_a_value_has_no_condition() -> None:
    bound, problems = parse_valued_event(
        {"event": "order", "sum": {"of": "amount", "is": "3"}}, CATALOGUE, document=DOCUMENT, path=("weights",)
    )
    assert bound is None
    assert [problem.where.path for problem in problems] == ["weights.sum.is"]


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(audiences_for(CATALOGUE, RULES))
def test_the_json_schema_takes_what_the_language_takes(value: Rule) -> None:
    SCHEMA.validate(_as_an_editor_sees_it(value))


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param("{audience: odd, sites: all, rule: {trait: city}}", id="a missing key"),
        pytest.param("{audience: odd, sites: all, rule: {trait: city, is: a, if: b}}", id="an unknown key"),
        pytest.param("{audience: Odd, sites: all, rule: {trait: city, is: a}}", id="a key that is no key"),
        pytest.param("{audience: odd, sites: all, rule: {event: order, window: {last: 30}}}", id="no duration"),
        pytest.param("{audience: odd, sites: all, rule: {any: []}}", id="an empty group"),
        pytest.param("{audience: odd, sites: all, rule: {related: [a, b, c, d, e, f, g]}}", id="seven hops"),
    ],
)
def test_the_json_schema_refuses_what_the_structure_refuses(broken: str, tmp_path: Path) -> None:
    (document,) = read(broken, tmp_path)
    assert not SCHEMA.is_valid(_as_an_editor_sees_it(document.value))


def _as_an_editor_sees_it(plain: Plain) -> object:
    """Scalars as YAML editors type them: whole numbers, numbers, booleans, else text."""
    if isinstance(plain, dict):
        return {key: _as_an_editor_sees_it(value) for key, value in plain.items()}
    if isinstance(plain, list):
        return [_as_an_editor_sees_it(value) for value in plain]
    if plain in ("true", "false"):
        return plain == "true"
    return int(plain) if plain.isdecimal() and str(int(plain)) == plain else plain


def test_percentages_are_fractions() -> None:
    document = AudienceDocument.model_validate(
        {"audience": "odd", "sites": "all", "rule": {"score": "fit", "top": "12.5%"}, "guards": {"max_change": "150%"}}
    )
    assert document.guards is not None
    assert document.guards.max_change == Decimal("1.5")
