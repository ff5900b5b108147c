"""Made-up identifiers: numbers and addresses that are reserved for examples, so that none can be anybody's."""

from __future__ import annotations

# Around the supermarket's home, Cincinnati; 555-0100 to 555-0199 are reserved for fiction in each of them.
_AREAS = (
    *(205, 214, 216, 219, 248, 256, 260, 270, 303, 304, 313, 317, 330, 334, 404, 412, 419, 423, 440, 469),
    *(502, 513, 606, 614, 615, 616, 618, 713, 719, 734, 740, 757, 765, 770, 804, 812, 817, 859, 901, 937),
)
_LINES = 100
PHONES = len(_AREAS) * _LINES
_NAME = "household"


def email(account: str) -> str:
    """The address of a household, in a domain of RFC 2606."""
    return f"{_NAME}.{account}@example.com"


def mistyped(account: str, place: int) -> str:
    """The same address without one letter of its name: nobody's, as every name is spelled in full."""
    lost = place % len(_NAME)
    return f"{_NAME[:lost]}{_NAME[lost + 1 :]}.{account}@example.com"


def phone(number: int, *, international: bool) -> str:
    """One of ``PHONES`` numbers, in one of two spellings."""
    area, line = _AREAS[number // _LINES], number % _LINES
    return f"+1{area}55501{line:02}" if international else f"({area}) 555-01{line:02}"


def device(number: int) -> str:
    """The id of a device, of one digit more than there are."""
    return f"device-{number:05}"


def cookie(number: int) -> str:
    """The id of a browser's cookie."""
    return f"cookie-{number:05}"
