"""Canonical values: what is one value, what are two, and what names nobody."""

from __future__ import annotations

import pickle
import unicodedata
from importlib.metadata import EntryPoint, EntryPoints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plateia.declarations.identity import IdentifierType
from plateia.errors import ConfigError
from plateia.identity.normalising import Canon, canon, known_names


def of(normalise: str, **more: object) -> Canon:
    return Canon.of(IdentifierType.model_validate({"normalise": normalise, **more}))


GMAIL = of("email", gmail={"dots": "drop", "plus": "drop", "googlemail": "gmail.com"})
PLAIN = of("email")


@pytest.mark.parametrize(
    ("canon", "value", "expected"),
    [
        pytest.param(PLAIN, " Ana.Sol@Example.COM ", "ana.sol@example.com", id="trimmed and folded"),
        pytest.param(PLAIN, "a.b+c@gmail.com", "a.b+c@gmail.com", id="Gmail without its rules"),
        pytest.param(GMAIL, "A.B+c@googlemail.com", "ab@gmail.com", id="Gmail with its rules"),
        pytest.param(GMAIL, "a.b+c@example.com", "a.b+c@example.com", id="dots and plus elsewhere"),
        pytest.param(PLAIN, "ana@bücher.example.com", "ana@xn--bcher-kva.example.com", id="domain in IDNA"),
        pytest.param(PLAIN, unicodedata.normalize("NFD", "josé@example.com"), "josé@example.com", id="NFD"),
        pytest.param(
            PLAIN, "a@straße.example.com", "a@xn--strae-oqa.example.com", id="a domain is not folded to another"
        ),
        pytest.param(PLAIN, "a@xn--strae-oqa.example.com", "a@xn--strae-oqa.example.com", id="its A-label"),
        pytest.param(PLAIN, "a@strasse.example.com", "a@strasse.example.com", id="the other domain"),
        pytest.param(PLAIN, "a@BÜCHER.example.com", "a@xn--bcher-kva.example.com", id="capitals of a domain"),
        pytest.param(PLAIN, "STRASSE@example.com", "strasse@example.com", id="capitals"),
        pytest.param(PLAIN, "straße@example.com", "strasse@example.com", id="full case folding"),
        pytest.param(GMAIL, "+x@gmail.com", None, id="nothing left"),
        pytest.param(PLAIN, "ana@", None, id="no domain"),
        pytest.param(PLAIN, "ana@@example.com", None, id="two ats"),
        pytest.param(PLAIN, "ana@localhost", None, id="a domain that cannot exist"),
        pytest.param(PLAIN, "test@test.com", None, id="built-in dummy"),
        pytest.param(PLAIN, "TEST@TEST.com", None, id="built-in dummy in capitals"),
        pytest.param(of("email", block=["Info@Shop.example.com"]), "info@shop.example.com", None, id="blocked"),
        pytest.param(
            of("email", block=["ab@gmail.com"], gmail={"dots": "drop"}), "a.b@gmail.com", None, id="with dots"
        ),
        pytest.param(of("phone", block=["55 1234 5678"]), "+52 1 55 1234-5678", None, id="a number at home"),
        pytest.param(of("phone", block=["+525512345678"]), "044 55 1234 5678", None, id="a number from abroad"),
        pytest.param(of("phone", block=["55 1234 5678"]), "55 1234 5679", "+525512345679", id="another number"),
        pytest.param(of("rut", block=["12.531.909-2"]), "12531909-2", None, id="a document number"),
        pytest.param(of("text"), "007", "007", id="text like a number"),
        pytest.param(of("text"), "7", "7", id="text like another number"),
        pytest.param(of("text"), " A ", " A ", id="text is exact"),
        pytest.param(of("text"), "-9223372036854775808", "-9223372036854775808", id="the least long"),
        pytest.param(of("text"), "  ", None, id="white space"),
        pytest.param(of("text"), "null", None, id="null"),
        pytest.param(of("text"), "Anonymous", None, id="anonymous"),
        pytest.param(of("text"), "0000000000", None, id="zeros"),
        pytest.param(of("text", block=["x1"]), "x1", None, id="blocked text"),
        pytest.param(of("cpf"), "529.982.247-25", "52998224725", id="cpf"),
        pytest.param(of("cpf"), "529.982.247-26", None, id="cpf with a wrong check digit"),
        pytest.param(of("cpf"), "111.111.111-11", None, id="cpf of ones"),
        pytest.param(of("cpf"), "999.999.999-99", None, id="cpf of nines"),
        pytest.param(of("rut"), "12.531.909-2", "125319092", id="rut"),
        pytest.param(of("phone"), "044 55 1234 5678", "+525512345678", id="phone"),
    ],
)
def test_canonical(canon: Canon, value: str, expected: str | None) -> None:
    assert canon.canonical(value, "MX") == expected


@pytest.mark.parametrize(
    ("normalise", "country", "value"),
    [
        ("email", None, "a@a.com"),
        ("email", None, "AAA@aaa.com.br"),
        ("email", None, "prueba@prueba.com"),
        ("email", None, "Teste1@teste.com.br"),
        ("email", None, "test+1@test.com"),
        ("email", None, "test@example.com"),
        ("email", None, "test@example.org"),
        ("email", None, "correo@example.net"),
        ("email", None, "example@example.com"),
        ("cpf", "BR", "123.456.789-09"),
        ("rfc", "MX", "XAXX010101000"),
        ("rfc", "MX", "xexx-010101-000"),
        ("rfc", "MX", "XAXX010101"),
        ("rfc", "MX", "GODE-561231"),
        ("rut", "CL", "00.000.000-0"),
        ("dni", "AR", "00000000"),
        ("phone", "BR", "11 99999-9999"),
        ("phone", "BR", "11 11111-1111"),
        ("phone", "BR", "+55 11 9999-9999"),
        ("phone", "MX", "55 0000 0000"),
        ("phone", "MX", "55 9999 9999"),
        ("phone", "AR", "11 9999-9999"),
        ("phone", "AR", "1111111111"),
        ("phone", "AR", "01111111111"),
        ("phone", "CL", "9 9999 9999"),
    ],
)
def test_dummies_name_nobody(normalise: str, country: str | None, value: str) -> None:
    assert of(normalise).canonical(value, country) is None


@pytest.mark.parametrize(
    ("normalise", "country", "value", "expected"),
    [
        ("email", None, "ana@example.com", "ana@example.com"),
        ("email", None, "test2@example.com", "test2@example.com"),
        ("email", None, "user@example.com", "user@example.com"),
        ("email", None, "test@gmail.com", "test@gmail.com"),
        ("email", None, "tester@example.com", "tester@example.com"),
        ("email", None, "sonia@sonia.com.mx", "sonia@sonia.com.mx"),
        ("email", None, "a@ab.com", "a@ab.com"),
        ("email", None, "b@a.com", "b@a.com"),
        ("cpf", "BR", "012.345.678-90", "01234567890"),
        ("rfc", "MX", "VACE-460910-SX6", "VACE460910SX6"),
        ("rut", "CL", "12.345.678-5", "123456785"),
        ("rut", "CL", "5.126.663-3", "51266633"),
        ("rut", "CL", "05.126.663-3", "51266633"),
        ("rut", "CL", "CL-005126663-3", "51266633"),
        ("dni", "AR", "7.123.456", "7123456"),
        ("dni", "AR", "07.123.456", "7123456"),
        ("dni", "AR", "0007123456", "7123456"),
        ("dni", "AR", "20.123.456", "20123456"),
        ("text", None, "12345678909", "12345678909"),
        ("phone", "BR", "11 98888-8888", "+5511988888888"),
        ("phone", "BR", "11 99999-9998", "+5511999999998"),
        ("phone", "MX", "55 1234 5678", "+525512345678"),
        ("phone", "US", "212 555 0000", "+12125550000"),
    ],
)
def test_what_may_be_somebody_s_is_no_dummy(normalise: str, country: str | None, value: str, expected: str) -> None:
    assert of(normalise).canonical(value, country) == expected


@pytest.mark.parametrize(
    ("canon", "value", "expected"),
    [
        pytest.param(GMAIL, "A.B+c@GMail.com", "a.b+c@gmail.com", id="destinations see the dots"),
        pytest.param(of("phone"), "+54 11 15 2345 6789", "+5491123456789", id="and the number that is dialled"),
        pytest.param(PLAIN, "test@test.com", None, id="but nobody's value"),
    ],
)
def test_spelling(canon: Canon, value: str, expected: str | None) -> None:
    assert canon.spelling(value, None) == expected


LOCALS = st.from_regex(r"[a-z][a-z0-9.+]{0,20}[a-z0-9]", fullmatch=True).filter(lambda text: ".." not in text)


@given(LOCALS, LOCALS)
def test_addresses_elsewhere_stay_apart(one: str, other: str) -> None:
    found = [GMAIL.canonical(f"{local}@example.com", None) for local in (one, other)]
    assert (found[0] == found[1]) == (one == other)


@given(LOCALS, st.sampled_from(["gmail.com", "googlemail.com", "example.com"]))
def test_a_canonical_value_is_its_own(local: str, domain: str) -> None:
    once = GMAIL.canonical(f"{local}@{domain}", None)
    assert once is None or GMAIL.canonical(once, None) == once


@pytest.mark.parametrize(
    ("country", "expected"), [("AR", None), ("BR", "+541123456789"), (None, "+541123456789"), ("MX", "+541123456789")]
)
def test_what_is_blocked_depends_on_where_it_is_written(country: str | None, expected: str | None) -> None:
    assert of("phone", block=["011 15 2345 6789"]).canonical("+54 9 11 2345 6789", country) == expected


def test_equal_rules_are_equal_texts_whatever_was_asked_of_them() -> None:
    one, other = (of("phone", block=block) for block in (["55 1234 5678", "x"], ["x", "55 1234 5678", "x"]))
    one.canonical("55 1234 5678", "MX")
    assert repr(one) == repr(other)


def test_an_unknown_normaliser_is_the_configuration_s_mistake() -> None:
    with pytest.raises(ConfigError, match="Did you mean 'email'"):
        of("emial")


def test_plugins_are_found_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("membership", "tests.unit.identity.test_canon:_membership", canon.PLUGINS)
    monkeypatch.setattr(canon, "entry_points", lambda group: EntryPoints([point]).select(group=group))
    assert "membership" in known_names()
    assert of("membership").canonical("m 12", "AR") == "AR-12"


def _membership(value: str, country: str | None) -> str | None:
    return f"{country}-{value.removeprefix('m ')}"


def test_workers_are_handed_it() -> None:
    assert pickle.loads(pickle.dumps(GMAIL)).canonical("a.b@gmail.com", None) == "ab@gmail.com"
