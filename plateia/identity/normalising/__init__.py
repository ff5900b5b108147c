"""Canonical values of identifiers: every spelling of one value is one value."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from plateia.declarations.identity import Gmail, IdentifierType

_NAMES = ("email", "phone", "text")


def known_names() -> tuple[str, ...]:
    """The normalisers there are."""
    return _NAMES


@dataclass(frozen=True)
class Canon:
    """How values of one type become canonical."""

    normalise: str
    gmail: Gmail
    block: tuple[str, ...]

    @classmethod
    def of(cls, kind: IdentifierType) -> Canon:
        """The rules of a configured type."""
        return cls(kind.normalise, kind.gmail, kind.block)

    def canonical(self, value: str, country: str | None) -> str | None:
        """The canonical value; None for one that names nobody."""
        if not value.strip() or value.strip().casefold() in ("null", "none", "anonymous"):
            return None
        found = {"email": _email, "phone": _phone}.get(self.normalise, _text)(value, country)
        return None if found in self.block else found


def _text(value: str, _: str | None) -> str | None:
    return value


def _email(value: str, _: str | None) -> str | None:
    try:
        found = validate_email(unicodedata.normalize("NFC", value.strip()).casefold(), check_deliverability=False)
    except EmailNotValidError:
        return None
    return f"{found.local_part}@{found.ascii_domain}"


def _phone(value: str, country: str | None) -> str | None:
    try:
        found = phonenumbers.parse(value, country)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)
