"""Phone numbers: every spelling of one number comes to one canonical E.164 text.

Parsed and checked by phonenumbers (Google's libphonenumber). Its rules leave several spellings of one number apart in
Latin America; what is added here:

- Mexico: the prefixes 1, 01, 044 and 045 of old mobile and long-distance dialling go, also behind +52.
- Argentina: a mobile is written with or without a 9 behind +54, or with a 15 behind its area code; without either it
  cannot be told from a fixed line. So the canonical text never has the 9, and what is dialled (``dialled``) keeps it.
- Brazil: a mobile of eight digits gets the ninth, a 9 behind its area code; fixed lines (2 to 5) have eight.
- Chile: the 0 before 9 and before area codes goes, also behind +56.
- ``00`` is ``+`` everywhere. An extension is no part of the number. A number without its area code is nobody's: it is
  another one in each city.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber

_MEXICO, _ARGENTINA, _BRAZIL, _CHILE = 52, 54, 55, 56
_OLD_MEXICAN = re.compile(r"(?:044|045|01|1)(\d{10})")
_OLD_BRAZILIAN_MOBILE = re.compile(r"(\d{2})([6-9]\d{7})")
_CHILEAN_TRUNK = re.compile(r"0(\d{9})")
_ARGENTINE_MOBILE = re.compile(r"9(\d{10})")
_INTERNATIONAL = re.compile(r"\A[\s(]*0[\s.-]*0(?=[\s(.-]*[1-9])")
_LONGEST = 250  # characters that phonenumbers itself looks at


@dataclass(frozen=True, slots=True)
class Phone:
    """A number: country code, and national digits as they are dialled from abroad."""

    country_code: int
    digits: str

    @property
    def dialled(self) -> str:
        """E.164: what ad platforms and telephones take."""
        return f"+{self.country_code}{self.digits}"

    @property
    def canonical(self) -> str:
        """One text for all spellings of the number."""
        if self.country_code == _ARGENTINA and (mobile := _ARGENTINE_MOBILE.fullmatch(self.digits)):
            return f"+{self.country_code}{mobile[1]}"
        return self.dialled


def parse_phone(text: str, country: str | None) -> Phone | None:
    """The number that a text is where it was written; None for a text that is none.

    Args:
        country: ISO 3166 alpha-2, of numbers without ``+``; None: only those with it are numbers.
    """
    if len(text) > _LONGEST:
        return None
    try:
        parsed = phonenumbers.parse(_INTERNATIONAL.sub("+", text), country)
    except NumberParseException:
        return None
    code = int(parsed.country_code or 0)
    digits = _mended(code, phonenumbers.national_significant_number(parsed))
    mended = PhoneNumber(country_code=code, national_number=int(digits), italian_leading_zero=digits[0] == "0")
    return Phone(code, digits) if phonenumbers.is_valid_number(mended) and not _is_dummy(digits) else None


def _mended(code: int, digits: str) -> str:
    """The national digits without what old ways of dialling put before them."""
    if code == _MEXICO and (old := _OLD_MEXICAN.fullmatch(digits)):
        return old[1]
    if code == _BRAZIL and (mobile := _OLD_BRAZILIAN_MOBILE.fullmatch(digits)):
        return f"{mobile[1]}9{mobile[2]}"
    if code == _CHILE and (trunk := _CHILEAN_TRUNK.fullmatch(digits)):
        return trunk[1]
    return digits


def _is_dummy(digits: str) -> bool:
    """Digits that someone typed who did not want to give a number."""
    return len(set(digits)) == 1 or digits in ("0123456789", "1234567890")
