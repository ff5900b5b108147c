"""The short way to an address is as good as the long one."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from email_validator import SPECIAL_USE_DOMAIN_NAMES

from plateia.identity.normalising.emails import checked_email, spelled_email

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
LOCAL, DOMAIN = f"{LETTERS}_+-.", f"{LETTERS}-"
ODD = "@@..--  \t\n\"'()<>[],;:\\!#$%&*/=?^`{|}~\x00\x7féß\u212a\u0131\u0130\u3002\uff0e\u200b\u0301"
TOPS = ("com", "com.br", "org", "x", "c0", "1", "xn--p1ai", "COM", "museum", "", "co-m", *SPECIAL_USE_DOMAIN_NAMES)
LABELS = ("xn--bcher-kva", "xn--a", "ab--c", "a" * 63, "a" * 64, "-a", "a-", "", "example", "gmail")


def addresses(dice: random.Random, count: int) -> Iterator[str]:
    """Addresses, most of them good or nearly so: one in two has up to three letters changed, dropped or put in."""
    for _ in range(count):
        local = "".join(dice.choices(LOCAL, k=dice.choice((0, 1, 2, 5, 8, 12, 64, 65, 190))))
        labels = [
            dice.choice(LABELS) if dice.random() < 0.1 else "".join(dice.choices(DOMAIN, k=dice.choice((1, 3, 5, 9))))
            for _ in range(dice.choice((0, 1, 1, 1, 2, 3)))
        ]
        letters = list(f"{local}@{'.'.join([*labels, dice.choice(TOPS)])}")
        for _ in range(dice.choice((0, 0, 0, 1, 2, 3))):
            place = dice.randrange(len(letters))
            letters[place : place + dice.randrange(2)] = dice.choice([[], [dice.choice(ODD)], [dice.choice(LOCAL)]])
            letters = letters or ["@"]
        yield "".join(letters)


@pytest.mark.parametrize("count", [10_000, pytest.param(1_000_000, marks=pytest.mark.nightly)])
def test_both_ways_lead_to_one_address(count: int) -> None:
    for text in addresses(random.Random(11), count):
        assert spelled_email(text) == checked_email(text), text


@pytest.mark.parametrize("name", SPECIAL_USE_DOMAIN_NAMES)
def test_domains_that_cannot_exist(name: str) -> None:
    assert spelled_email(f"ana@{name}") is None
    assert spelled_email(f"ana@shop.{name}") is None


@pytest.mark.parametrize("length", [253, 254, 255])
def test_how_long_an_address_may_be(length: int) -> None:
    address = f"{'a' * (length - 12)}@example.com"
    assert spelled_email(address) == (address if length <= 254 else None)
