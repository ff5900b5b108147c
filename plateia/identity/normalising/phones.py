"""Phone numbers: every spelling of one number comes to one canonical E.164 text.

Parsed and checked by phonenumbers (Google's libphonenumber). Its rules leave several spellings of one number apart in
Latin America; what is added here:

- Mexico: the prefixes 1, 01, 044 and 045 of old mobile and long-distance dialling go, also behind +52.
- Argentina: a mobile is written with a 9 behind +54, with a 15 behind its area code, with both or with neither; with
  neither it cannot be told from a fixed line. Area code and number are ten digits that the numbering plan gives to one
  line only, so that the canonical text never has the 9. What is dialled (``dialled``) always has it: platforms know
  people by their mobiles, and with the 9 a fixed line is nobody's.
- Brazil: a mobile of eight digits gets the ninth, a 9 behind its area code; fixed lines (2 to 5) have eight. ``00``
  and the code of a carrier go before +55.
- Chile: the 0 before 9 and before area codes goes, also behind +56.
- ``00`` is ``+`` everywhere. An extension is no part of the number, nor is what a spreadsheet adds to it (``.0``), a
  word before it, or one behind it that says where it rings. A number without its area code is nobody's: it is another
  one in each city.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber

_MEXICO, _ARGENTINA, _BRAZIL, _CHILE = 52, 54, 55, 56
_OLD_MEXICAN = re.compile(r"(?:044|045|01|1)(\d{10})")
_OLD_BRAZILIAN_MOBILE = re.compile(r"(\d{2})([6-9]\d{7})")
_CHILEAN_TRUNK = re.compile(r"0(\d{9})")
_ARGENTINE_MOBILE = re.compile(r"9(\d{10})")
_ARGENTINE_DIALLED_TWICE = re.compile(r"9(0[1-3]\d{9}|0?[1-3]\d{11})")  # a trunk 0, a 15 or both behind the 9
_AS_FLOAT = re.compile(r"\s*(\+?\d{8,15})\.0\s*")
_WHERE_IT_RINGS = re.compile(
    r"[\s,;:(-]+(?:casa|cel|celular|fijo|fixo|m[oó]vil|oficina|tel|trabajo|trabalho|whatsapp)\.?[\s)]*\Z", re.IGNORECASE
)
_BY_CARRIER = re.compile(r"\D*0\D*0(?:\D*\d){2}\D*5\D*5")
_INTERNATIONAL = re.compile(r"\A[\s(]*0[\s.-]*0(?=[\s(.-]*[1-9])")
_ARGENTINE_DIGITS = 10  # area code and number
_NO_SUBSCRIBER = re.compile(r"\d*(?:0{8}|9{8})")
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
    return next((phone for reading in _readings(text, country) if (phone := _read(reading, country))), None)


def _readings(text: str, country: str | None) -> Iterator[str]:
    """What a text may mean, the likelier first."""
    if number := _AS_FLOAT.fullmatch(text):
        text = number[1]
    yield (plus := _INTERNATIONAL.sub("+", text))
    if country == "BR" and _BY_CARRIER.match(text):
        yield text  # phonenumbers knows the carriers
    if (bare := _WHERE_IT_RINGS.sub("", plus)) != plus:
        yield bare


def _read(text: str, country: str | None) -> Phone | None:
    try:
        parsed = phonenumbers.parse(text, country)
    except NumberParseException:
        return None
    code = int(parsed.country_code or 0)
    digits = phonenumbers.national_significant_number(parsed)
    found = (spelling for spelling in _mended(code, digits) if _is_valid(code, spelling))
    valid = next(found, None)
    if valid is None:
        return None
    phone = Phone(code, valid)
    return None if _is_dummy(phone.canonical.removeprefix(f"+{code}")) else phone


def _is_valid(code: int, digits: str) -> bool:
    number = PhoneNumber(country_code=code, national_number=int(digits), italian_leading_zero=digits[0] == "0")
    return phonenumbers.is_valid_number(number)


def _mended(code: int, digits: str) -> Iterator[str]:
    """The national digits without what old ways of dialling put before them; the first valid ones are meant."""
    if code == _ARGENTINA:
        yield from _mended_argentine(digits)
    elif code == _MEXICO and (old := _OLD_MEXICAN.fullmatch(digits)):
        yield old[1]
    elif code == _BRAZIL and (mobile := _OLD_BRAZILIAN_MOBILE.fullmatch(digits)):
        yield f"{mobile[1]}9{mobile[2]}"
    elif code == _CHILE and (trunk := _CHILEAN_TRUNK.fullmatch(digits)):
        yield trunk[1]
    else:
        yield digits


def _mended_argentine(digits: str) -> Iterator[str]:
    if twice := _ARGENTINE_DIALLED_TWICE.fullmatch(digits):
        digits = phonenumbers.national_significant_number(phonenumbers.parse(twice[1], "AR"))
    if len(digits) == _ARGENTINE_DIGITS:
        yield f"9{digits}"
    yield digits


def _is_dummy(digits: str) -> bool:
    """Digits that someone typed who did not want to give a number."""
    along_the_keys = digits in ("0123456789", "1234567890")
    return len(set(digits)) == 1 or along_the_keys or _NO_SUBSCRIBER.fullmatch(digits) is not None
