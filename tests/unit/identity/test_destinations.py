"""What ad platforms publish as the hashes of their own examples."""

from __future__ import annotations

import base64
import hashlib

import pytest

from plateia.identity.destinations import PLATFORMS, destination_hash
from plateia.identity.normalising import Canon
from tests.unit.identity.test_canon import of

PUBLISHED = [
    # developers.facebook.com, Conversions API, customer information parameters
    ("meta", "email", "John_Smith@gmail.com", "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f"),
    ("meta", "phone", "(650)555-1212", "e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176"),
    # IABTechLab/uid2docs, getting-started/gs-normalization-encoding
    ("uid2", "email", "USER@example.com", "tMmiiTI7IaAcPpQPFQ65uMVCWH8av9jw4cwf/F5HVRQ="),
    # support.google.com, Customer Match, as quoted for example@gmail.com
    ("google", "email", "example@gmail.com", "264e53d93759bde067fd01ef2698f98d1253c730d12f021116f02eebcfa9ace6"),
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
@pytest.mark.parametrize(("kind", "nothing"), [("email", ""), ("email", "@gmail.com"), ("phone", ""), ("phone", "+")])
def test_nothing_has_no_hash(platform: str, kind: str, nothing: str) -> None:
    with pytest.raises(ValueError, match="empty"):
        destination_hash(platform, kind, nothing)
