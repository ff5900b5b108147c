"""Every spelling of one number is one value; another number is another one."""

from __future__ import annotations

import itertools
import random

import pytest

from plateia.identity.normalising.phones import parse_phone

# Country -> canonical -> its spellings at home, as people and programs write them.
SPELLINGS = {
    ("MX", "+525512345678"): [
        "+52 1 55 1234 5678", "+52 55 1234 5678", "044 55 1234 5678", "045 55 1234 5678", "01 55 1234 5678",
        "1 55 1234 5678", "55 1234 5678", "(55) 1234-5678", "0052 1 55 1234 5678", "5215512345678", "525512345678",
        "+52 044 55 1234 5678", "+52 01 55 1234 5678", "+5215512345678", "55.1234.5678 ext. 12",
        "Cel. 55 1234 5678",
    ],
    ("AR", "+541123456789"): [
        "+54 9 11 2345-6789", "011 15 2345-6789", "11 15 2345 6789", "+54 11 15 2345 6789", "+5411 2345 6789",
        "11 2345 6789", "9 11 2345 6789", "0054 9 11 2345 6789", "5491123456789", "(011) 2345-6789",
        "9 11 15 2345 6789",
    ],
    ("AR", "+543512345678"): ["0351 15 234-5678", "351 15 234 5678", "+54 9 351 234 5678", "+54 351 234 5678"],
    ("AR", "+542966234567"): ["02966 15 23-4567", "+54 2966 15 23 4567", "+5492966234567"],
    ("BR", "+5511987654321"): [
        "+55 11 98765-4321", "11 98765-4321", "11 8765-4321", "(011) 98765-4321", "0 15 11 98765-4321",
        "0 15 11 8765-4321", "0XX11 98765-4321", "(0xx11) 8765-4321", "011 8765 4321", "+55 11 8765 4321",
        "+55 011 98765 4321", "0055 11 98765 4321", "5511987654321", "90 11 98765-4321", "021 11 98765-4321",
        "0015 55 11 98765 4321", "0021 55 11 8765 4321",
    ],
    ("BR", "+551137654321"): ["11 3765-4321", "(11) 3765 4321", "+55 11 3765-4321", "011 3765-4321"],
    ("CL", "+56987654321"): [
        "+56 9 8765 4321", "09 8765 4321", "9 8765 4321", "987654321", "+56 09 8765 4321", "0056 9 8765 4321",
        "56987654321",
    ],
    ("CL", "+56227654321"): ["2 2765 4321", "02 2765 4321", "+56 2 2765 4321", "+56 02 2765 4321"],
    ("US", "+12125550123"): [
        "(212) 555-0123", "1 212 555 0123", "+1 212-555-0123", "00 1 212 555 0123", "011 1 212 555 0123",
    ],
}  # fmt: skip
CASES = [
    pytest.param(text, country, canonical, id=f"{country} {text}")
    for (country, canonical), texts in SPELLINGS.items()
    for text in texts
]


@pytest.mark.parametrize(("text", "country", "canonical"), CASES)
def test_every_spelling_is_one_number(text: str, country: str, canonical: str) -> None:
    phone = parse_phone(text, country)
    assert phone is not None
    assert phone.canonical == canonical


@pytest.mark.parametrize(("text", "country", "canonical"), [case for case in CASES if case.values[0].startswith("+")])
def test_a_plus_needs_no_country(text: str, country: str, canonical: str) -> None:
    del country
    phone = parse_phone(text, None)
    assert phone is not None
    assert phone.canonical == canonical


@pytest.mark.parametrize(("area", "number"), [("11", "23456789"), ("351", "2345678"), ("2966", "234567")])
def test_a_line_of_argentina_is_one_line_however_it_is_dialled(area: str, number: str) -> None:
    spellings = itertools.product(("+54 ", "0054 "), ("", "9 "), ("", "0"), (area,), ("", " 15"), (f" {number}",))
    found = {parse_phone("".join(parts), "AR") for parts in spellings}
    assert {phone and phone.canonical for phone in found} == {f"+54{area}{number}"}
    assert {phone and phone.dialled for phone in found} == {f"+549{area}{number}"}


@pytest.mark.parametrize(
    ("text", "country", "canonical"),
    [
        pytest.param("5512345678.0", "MX", "+525512345678", id="a spreadsheet's"),
        pytest.param(" 525512345678.0 ", "MX", "+525512345678", id="a spreadsheet's with its country"),
        pytest.param("+5215512345678.0", None, "+525512345678", id="a spreadsheet's with a plus"),
        pytest.param("1137654321.0", "BR", "+551137654321", id="its nought is no digit of an older mobile"),
        pytest.param("55 1234 5678 (cel)", "MX", "+525512345678", id="where it rings"),
        pytest.param("+52 55 1234 5678, WhatsApp", None, "+525512345678", id="where it rings and a plus"),
        pytest.param("Tel: 55 1234 5678", "MX", "+525512345678", id="a word before it"),
        pytest.param("0012125550123", "BR", "+12125550123", id="abroad"),
        pytest.param(
            "0055 55 3765 4321", "BR", "+555537654321", id="a country and an area that is a carrier's code, too"
        ),
        pytest.param("0810 123 4567", "AR", "+548101234567", id="no line of an area"),
    ],
)
def test_what_is_written_around_a_number(text: str, country: str | None, canonical: str) -> None:
    phone = parse_phone(text, country)
    assert phone is not None
    assert phone.canonical == canonical


@pytest.mark.parametrize("case", [c.values for c in CASES])
def test_separators_change_nothing(case: tuple[str, str, str]) -> None:
    text, country, canonical = case
    noise = random.Random(text)
    plain = text.partition(" ext")[0]
    spelled = "".join(letter + (noise.choice("-. ") if letter.isdigit() else "") for letter in plain)
    phone = parse_phone(spelled, country)
    assert phone is not None
    assert phone.canonical == canonical


@pytest.mark.parametrize(
    ("text", "country"),
    [
        pytest.param("98765-4321", "BR", id="without its area code it is a number in each city"),
        pytest.param("0055 26 9768 1443", "BR", id="a wrong number of Brazil is none of Comoros by a carrier"),
        pytest.param("+54 9 00 000 0000 000", None, id="noughts behind the 9 of Argentina"),
        pytest.param("15 2345 6789", "AR", id="15 without an area code"),
        pytest.param("8765 4321", "CL", id="eight digits"),
        pytest.param("55 1234 5678", None, id="neither country nor plus"),
        pytest.param("0000000000", "MX", id="zeros"),
        pytest.param("1111111111", "MX", id="one digit over and over"),
        pytest.param("1234567890", "MX", id="typed along the keys"),
        pytest.param("+", "MX", id="a plus alone"),
        pytest.param("call me", "MX", id="words"),
        pytest.param("55 1234 5678 Ana", "MX", id="another word behind it"),
        pytest.param("11 9123 4567 oito", "BR", id="a digit as a word"),
        pytest.param("55 1234 5678 / 55 8765 4321", "MX", id="two numbers"),
        pytest.param("5.512345678E+09", "MX", id="digits that a spreadsheet may have rounded"),
        pytest.param("1" * 400, "MX", id="endless"),
        pytest.param("", "MX", id="empty"),
    ],
)
def test_what_is_nobodys_number(text: str, country: str | None) -> None:
    assert parse_phone(text, country) is None


@pytest.mark.parametrize(
    ("text", "country", "dialled"),
    [
        pytest.param("011 15 2345-6789", "AR", "+5491123456789", id="a mobile of Argentina keeps the 9"),
        pytest.param("011 2345-6789", "AR", "+5491123456789", id="what may be one gets it"),
        pytest.param("0800 123 4567", "AR", "+548001234567", id="what cannot be one has none"),
        pytest.param("044 55 1234 5678", "MX", "+525512345678", id="Mexico dropped its 1 in 2019"),
        pytest.param("11 8765-4321", "BR", "+5511987654321", id="the ninth digit of Brazil"),
    ],
)
def test_what_platforms_dial(text: str, country: str, dialled: str) -> None:
    phone = parse_phone(text, country)
    assert phone is not None
    assert phone.dialled == dialled


@pytest.mark.parametrize(("country", "canonical"), SPELLINGS)
def test_canonical_texts_stay(country: str, canonical: str) -> None:
    phone = parse_phone(canonical, country)
    assert phone is not None
    assert phone.canonical == canonical
