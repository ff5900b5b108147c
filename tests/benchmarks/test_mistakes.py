"""Mistakes among persons are counted: caps, accounts of several people, values that are nobody's alone."""

from __future__ import annotations

import numpy as np

from benchmarks.graphs.company import CAPS
from benchmarks.graphs.mistakes import is_shared, people_of_several_accounts, people_over_a_cap
from benchmarks.graphs.people import Kind, Seen, code

A, B = code(Kind.ACCOUNT, 1, 0), code(Kind.ACCOUNT, 2, 0)
TABLET, PHONE = code(Kind.DEVICE, 1, 0), code(Kind.PHONE, 2, 0)


def met(*pairs: tuple[object, object, bool]) -> Seen:
    a, b, proven = zip(*pairs, strict=True)
    return Seen(np.array(a, np.int64), np.array(b, np.int64), np.array(proven))


def test_a_value_beside_the_account_of_another_is_shared() -> None:
    whole = met((A, TABLET, True), (B, TABLET, False), (B, PHONE, True))
    codes = np.array([A, B, TABLET, PHONE])
    assert is_shared(whole, codes).tolist() == [False, False, True, False]


def test_people_over_a_cap_are_counted_once() -> None:
    most = CAPS[Kind.PHONE]
    phones = code(Kind.PHONE, 1, np.arange(most + 1))
    assert people_over_a_cap(phones, np.array(["one"] * (most + 1))) == 1
    assert people_over_a_cap(phones, np.array(["one"] * most + ["other"])) == 0


def test_an_account_without_a_cap_is_never_over_it() -> None:
    accounts = code(Kind.ACCOUNT, np.arange(99), 0)
    assert people_over_a_cap(accounts, np.array(["one"] * 99)) == 0


def test_only_proven_accounts_of_two_people_are_a_mistake() -> None:
    codes, together = np.array([A, B]), np.array(["one", "one"])
    assert people_of_several_accounts(met((A, TABLET, True), (B, PHONE, True)), codes, together) == 1
    assert people_of_several_accounts(met((A, TABLET, True), (B, TABLET, False)), codes, together) == 0
    apart = np.array(["one", "other"])
    assert people_of_several_accounts(met((A, TABLET, True), (B, PHONE, True)), codes, apart) == 0
