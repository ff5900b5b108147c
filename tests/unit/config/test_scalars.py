"""Scalars are text until a type reads them: JSON's numbers, true and false, and nothing clever."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError

from plateia.config import Document
from plateia.declarations.columns import parse_type
from plateia.scalars import (
    Boolean,
    DateText,
    Integer,
    Items,
    Key,
    Name,
    Number,
    Percent,
    StrictModel,
    Text,
    ZoneName,
    parse_boolean,
    parse_date,
    parse_integer,
    parse_number,
    parse_percent,
    problems_of,
)


class Inner(StrictModel):
    count: Annotated[Integer, Field(ge=1)]
    ratio: Number | None = None


class Outer(StrictModel):
    """One field of every kind."""

    key: Key
    name: Name = "a"
    title: Text = "a"
    on: Boolean = False
    share: Percent | None = None
    day: DateText | None = None
    zone: ZoneName = "UTC"
    parts: Items[Inner] = ()
    by_name: dict[Name, Inner] = Field(default_factory=dict)


def said(value: dict[str, object]) -> list[str]:
    document = Document("f.yml", 0, {})
    with pytest.raises(ValidationError) as caught:
        Outer.model_validate(value)
    return [str(problem) for problem in problems_of(caught.value, document, ("outer",))]


@pytest.mark.parametrize(
    ("part", "message"),
    [
        pytest.param(
            {"key": "ab"}, "key: got 'ab'; expected 3 to 80 small letters, digits and hyphens", id="short key"
        ),
        pytest.param(
            {"key": "Abc"}, "key: got 'Abc'; expected 3 to 80 small letters, digits and hyphens", id="capital"
        ),
        pytest.param({"title": ""}, "title: got nothing; expected text", id="empty text"),
        pytest.param({"title": ["a"]}, "title: got a list; expected text", id="list for text"),
        pytest.param({"on": "yes"}, "on: got 'yes'; expected true or false", id="yes"),
        pytest.param({"on": "True"}, "on: got 'True'; expected true or false", id="True"),
        pytest.param({"share": "0.3"}, "share: got '0.3'; expected a percentage, such as 30%", id="fraction"),
        pytest.param(
            {"day": "2026-02-30"}, "day: got '2026-02-30'; expected a date, such as 2026-01-31", id="no such day"
        ),
        pytest.param({"parts": []}, "parts: got an empty list; expected at least 1", id="empty list"),
        pytest.param({"parts": "a"}, "parts: got 'a'; expected a list", id="text for list"),
        pytest.param({"parts": ["a"]}, "parts[0]: got 'a'; expected a mapping with keys of: count, ratio", id="item"),
        pytest.param(
            {"parts": [{}]}, "parts[0].count: got no key 'count'; expected it: the key is required", id="missing"
        ),
        pytest.param({"parts": [{"count": "0"}]}, "parts[0].count: got '0'; expected at least 1", id="bound"),
        pytest.param(
            {"parts": [{"count": "1.0"}]}, "parts[0].count: got '1.0'; expected a whole number", id="fraction"
        ),
        pytest.param(
            {"parts": [{"count": "1", "ratoi": "2"}]},
            "parts[0].ratoi: got the unknown key 'ratoi'; expected one of: count, ratio. Did you mean 'ratio'?",
            id="unknown key names the keys of its own model",
        ),
        pytest.param(
            {"by_name": {"a": "1"}}, "by_name.a: got '1'; expected a mapping with keys of: count, ratio", id="map"
        ),
        pytest.param(
            {"by_name": ["a"]}, "by_name: got a list; expected a mapping of keys to values", id="list for map"
        ),
    ],
)
def test_problems_speak_to_an_author(part: dict[str, object], message: str) -> None:
    assert said({"key": "abc", **part}) == [f"f.yml: outer.{message}"]


def test_every_problem_is_told_at_once() -> None:
    value: dict[str, object] = {"key": "x", "zone": "Mars", "parts": [{"count": "a"}, {"ratio": "b"}], "nmae": "b"}
    assert len(said(value)) == 6


_JSON_NUMBERS = st.integers(-(10**25), 10**25).map(str) | st.floats(allow_nan=False, allow_infinity=False).map(
    json.dumps
)


@given(_JSON_NUMBERS | st.text(alphabet="0123456789+-.eE xn_,", max_size=8))
def test_numbers_are_those_of_json(text: str) -> None:
    try:
        expected = json.loads(text, parse_float=Decimal, parse_int=Decimal) if text == text.strip() else None
    except ValueError:
        expected = None
    if expected is not None and not (expected == 0 or Decimal("1e-308") <= abs(expected) < Decimal("1e309")):
        expected = None
    assert parse_number(text) == expected


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("-1", -1),
        ("9223372036854775807", 2**63 - 1),
        ("-9223372036854775808", -(2**63)),
        ("9223372036854775808", None),
    ]
    + [(text, None) for text in ("", "01", "+1", "1.0", "1e3", "1_000", "٣", " 1", "0x1", "-")],
)
def test_integers_have_64_bits_and_no_frills(text: str, number: int | None) -> None:
    assert parse_integer(text) == number


def test_percentages_are_exact_fractions() -> None:
    assert [parse_percent(text) for text in ("30%", "0.5%", "150%", "30 %", "30", "%")] == [
        Decimal("0.3"), Decimal("0.005"), Decimal("1.5"), None, None, None,
    ]  # fmt: skip


def test_booleans_and_dates_have_one_spelling() -> None:
    assert [parse_boolean(text) for text in ("true", "false", "TRUE", "yes", "on", "1")] == [True, False] + [None] * 4
    assert [parse_date(text) for text in ("2024-02-29", "2023-02-29", "20240229", "2024-2-29", "2024-W01-1")] == [
        date(2024, 2, 29), None, None, None, None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "parsed"),
    [(text, text) for text in ("string", "long", "double", "boolean", "date", "timestamp", "array<string>")]
    + [("decimal(38,38)", "decimal(38,38)"), ("decimal(5, 2)", "decimal(5,2)")]
    + [
        (text, "None")
        for text in ("decimal(39,0)", "decimal(2,3)", "decimal", "decimal(0,0)", "array<long>", "STRING", "")
    ],
)
def test_types_are_those_of_the_design(text: str, parsed: str) -> None:
    assert str(parse_type(text)) == parsed
