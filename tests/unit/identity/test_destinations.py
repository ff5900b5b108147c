"""What ad platforms publish as the hashes of their own examples."""

from __future__ import annotations

import base64
import hashlib

import pytest

from plateia.identity.destinations import PLATFORMS, destination_hash
from plateia.identity.normalising import Canon
from tests.unit.identity.test_canon import of

# Platform, kind, value, and its hash: each computed anew from what the platform's page says is hashed.
PUBLISHED = [
    # developers.facebook.com, Conversions API, customer information parameters
    ("meta", "email", "John_Smith@gmail.com", "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f"),
    ("meta", "phone", "(650)555-1212", "e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176"),
    # github.com/IABTechLab/uid2docs, docs/getting-started/gs-normalization-encoding.md
    ("uid2", "email", "USER@example.com", "tMmiiTI7IaAcPpQPFQ65uMVCWH8av9jw4cwf/F5HVRQ="),
    ("uid2", "phone", "+12345678901", "EObwtHBUqDNZR33LNSMdtt5cafsYFuGmuY4ZLenlue4="),
    ("uid2", "email", "MYEMAIL@example.com", "FsGNM28LJQ8OLZB0Us65ZYp07NrovJSGTCMSKnLMJ6U="),
    ("uid2", "email", "My.Email@example.com", "4itTvG+HEnTzpiqzejyu1yFPwU1nYhWpaiQvz62hyB8="),
    ("uid2", "email", "JANESAOIRSE@example.com", "1mcOepIAfxtf94Xx/IHlOqbT170GvfXEc83HKGwoS20="),
    ("uid2", "email", "Jane.Saoirse@example.com", "sZZDLHuYmiypHIN5mVfFFdpT5sE6vyC3j+qU8RfpC/g="),
    ("uid2", "email", "JaneSaoirse+Work@example.com", "KKruSBUjDNO069iMUVImVQZm6RrAGZKeOtrD9mwogYA="),
    ("uid2", "email", "JANE.SAOIRSE@gmail.com", "ku4mBX7Z3qJTXWyLFB1INzkyR2WZGW4ANSJUiW21iI8="),
    ("uid2", "email", "JaneSaoirse+Work@gmail.com", "ku4mBX7Z3qJTXWyLFB1INzkyR2WZGW4ANSJUiW21iI8="),
    # developers.snap.com, Conversions API, parameters
    ("snap", "email", "Person@Example.com", "542d240129883c019e106e3b1b2d3f3cb3537c43c425364de8e951d5a3083345"),
    ("snap", "phone", "+44 844 412 4653", "dc008fda46e2e64002cf2f82a4906236282d431c4f75e5b60bfe79fc48546383"),
    # ads.tiktok.com, help, how to create a custom audience with a customer file. Its hash of a phone number is one of
    # the spelling without the plus, which it takes, too, but does not recommend: no example of what is sent here.
    ("tiktok", "email", "janedoe@gmail.com", "d6117306485ed0e50afab3ac871e98f81699151f30281527d63ff5f233656c69"),
    # github.com/googleads/data-manager-python, tests/formatter_test.py: Google's own, of its Data Manager API. It
    # leaves these two values as Customer Match does; no page of Customer Match was found to show a hash.
    ("google", "email", "  ALEXZ@example.com   ", "509e933019bb285a134a9334b8bb679dff79d0ce023d529af4bd744d47b4fd8a"),
    ("google", "phone", "1-800-555-0100   ", "fb4f73a6ec5fdb7077d564cdd22c3554b43ce49168550c3b12c547b78c517b30"),
]
# Platform, kind, value, and what the platform's rules say is hashed.
SPELLED = [
    ("google", "email", " Ana.B+x@Gmail.com ", "ana.b+x@gmail.com"),
    ("google", "phone", "+1 650-253-1234", "+16502531234"),
    ("cm360", "email", "Ana.B+x@Gmail.com", "anab+x@gmail.com"),
    ("cm360", "email", "Ana.B@googlemail.com", "anab@googlemail.com"),
    ("cm360", "email", "Ana.B@example.com", "ana.b@example.com"),
    ("uid2", "email", "Jane.Saoirse+UID2@gmail.com", "janesaoirse@gmail.com"),
    ("uid2", "email", "Jane.Saoirse+UID2@example.com", "jane.saoirse+uid2@example.com"),
    ("uid2", "phone", "+1 650-253-1234", "+16502531234"),
    ("snap", "phone", "+1 650-253-1234", "16502531234"),
    ("snap", "email", "Ana@Example.com", "ana@example.com"),
    ("tiktok", "phone", "+1 650-253-1234", "+16502531234"),
    ("tiktok", "email", " Ana.B+x@Gmail.com ", "ana.b+x@gmail.com"),
    ("meta", "phone", "011 15 2345-6789", "5491123456789"),
    ("google", "phone", "011 15 2345-6789", "+5491123456789"),
]
COUNTRIES = {"011 15 2345-6789": "AR"}


def spelled(kind: str, value: str) -> str:
    canon: Canon = of(kind)
    text = canon.spelling(value, COUNTRIES.get(value, "US"))
    assert text is not None
    return text


@pytest.mark.parametrize(("platform", "kind", "value", "expected"), PUBLISHED)
def test_published_examples(platform: str, kind: str, value: str, expected: str) -> None:
    assert destination_hash(platform, kind, spelled(kind, value)) == expected


@pytest.mark.parametrize(("platform", "kind", "value", "text"), SPELLED)
def test_what_is_hashed(platform: str, kind: str, value: str, text: str) -> None:
    digest = hashlib.sha256(text.encode()).digest()
    expected = base64.b64encode(digest).decode() if platform == "uid2" else digest.hex()
    assert destination_hash(platform, kind, spelled(kind, value)) == expected


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_mobile_of_argentina_has_one_hash(platform: str) -> None:
    spellings = ("+54 9 11 2345-6789", "+54 11 2345-6789", "+54 11 15 2345-6789", "+54 9 11 15 2345-6789")
    assert len({destination_hash(platform, "phone", spelled("phone", text)) for text in spellings}) == 1


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize(("kind", "nothing"), [("email", ""), ("email", "@gmail.com"), ("phone", ""), ("phone", "+")])
def test_nothing_has_no_hash(platform: str, kind: str, nothing: str) -> None:
    assert destination_hash(platform, kind, nothing) is None


def test_what_a_platform_spells_as_nothing_has_no_hash() -> None:
    assert destination_hash("uid2", "email", "+x@gmail.com") is None
    assert destination_hash("meta", "email", "+x@gmail.com") is not None
