"""Generated signals: the same bytes from a seed, and what is made to look real is there."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import pytest

from jobs.demo.generated.files import Signal, deliver
from jobs.demo.generated.year import Year, generate
from plateia.identity.normalising.emails import spelled_email
from plateia.identity.normalising.phones import parse_phone

ACCOUNTS = [str(number) for number in range(1, 501)]
PHONE_WINDOW = timedelta(days=150)
FIRST, SECOND = date(2017, 12, 1), date(2018, 1, 1)


@pytest.fixture(scope="module")
def year() -> Year:
    return generate(ACCOUNTS)


def rows(year: Year, source: str) -> list[Signal]:
    return [signal for file in year.files if file.source == source for signal in file.signals]


def households(signals: Iterable[Signal], column: int) -> dict[str, set[str]]:
    """Value of a column -> the accounts in whose rows it stands."""
    found: dict[str, set[str]] = defaultdict(set)
    for signal in signals:
        if signal.cells[column]:
            found[signal.cells[column]].add(signal.cells[0])
    return found


def digest(year: Year) -> str:
    whole = b"".join(file.name.encode() + file.encoded() for file in year.files)
    return hashlib.sha256(whole).hexdigest()


def test_a_seed_gives_the_same_bytes_and_another_others(year: Year) -> None:
    assert digest(generate(ACCOUNTS)) == digest(year)
    assert digest(year) == "6b5e7fab5ff81e7705923b3861ebaeedf5ba8aa2ef8641b3778f83c6883531d9"
    assert digest(generate(ACCOUNTS, seed=1)) != digest(year)


def test_every_household_logs_in(year: Year) -> None:
    assert {signal.cells[0] for signal in rows(year, "logins")} == set(ACCOUNTS)


def test_two_in_a_hundred_tablets_are_of_two_households_and_nothing_else_is(year: Year) -> None:
    devices = households(rows(year, "logins"), 2)
    assert sorted(map(len, devices.values())).count(2) == round(0.02 * len(ACCOUNTS))
    assert max(map(len, devices.values())) == 2
    assert {len(accounts) for accounts in households(rows(year, "logins"), 1).values()} == {1}


def test_addresses_are_valid_and_of_one_household_mistyped_ones_too(year: Year) -> None:
    addresses = households(rows(year, "contacts"), 1)
    assert {len(accounts) for accounts in addresses.values()} == {1}
    assert [address for address in addresses if spelled_email(address) != address] == []
    mistyped = {signal.cells[1] for signal in rows(year, "contacts") if signal.cells[3] == "false"}
    assert len(mistyped) == round(0.02 * len(ACCOUNTS))
    assert len(addresses) == len(ACCOUNTS) + len(mistyped)


def test_an_old_number_is_another_households_once_it_is_out_of_its_window(year: Year) -> None:
    seen: dict[str, list[Signal]] = defaultdict(list)
    for signal in sorted(rows(year, "contacts"), key=lambda signal: signal.at):
        if signal.cells[2]:
            number = parse_phone(signal.cells[2], "US")
            assert number is not None
            seen[number.canonical].append(signal)
    moved = [signals for signals in seen.values() if len({signal.cells[0] for signal in signals}) > 1]
    assert len(moved) == round(0.01 * len(ACCOUNTS))
    assert all(later.at - earlier.at > PHONE_WINDOW for earlier, later in moved)


def test_cookies_that_are_replaced_were_logged_in_with_and_the_new_ones_were_not(year: Year) -> None:
    known = households(rows(year, "logins"), 1)
    rotated = [signal.cells for signal in rows(year, "rotations")]
    assert len(rotated) == 0.1 * len(ACCOUNTS)
    assert [pair for pair in rotated if pair[0] in known or pair[1] not in known] == []


def test_visitors_are_strangers_until_december(year: Year) -> None:
    visitors = {signal.cells for signal in rows(year, "visits")}
    logged_in = {signal.cells[1:]: signal.at.month for signal in rows(year, "logins") if signal.cells[1:] in visitors}
    assert set(logged_in.values()) == {12}
    assert len(logged_in) == 0.03 * len(ACCOUNTS)
    assert len(visitors) > len(logged_in)


def test_files_come_by_month_and_one_is_withdrawn(year: Year, tmp_path: Path) -> None:
    before = {file.name for file in deliver(year.files, tmp_path, on=FIRST)}
    assert "matches/2017-11.csv" in before
    assert "logins/2017-12.csv" not in before
    after = {file.name for file in deliver(year.files, tmp_path, on=SECOND)}
    assert before - after == {"matches/2017-11.csv"}
    assert after - before == {"logins/2017-12.csv"}
    there = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.csv")}
    assert there == after
    for file in year.files:
        assert all(signal.at.date() < file.arrives for signal in file.signals)


def test_rows_are_as_they_are_written(year: Year) -> None:
    file = next(file for file in year.files if file.source == "rotations")
    header, first, *_ = file.encoded().decode().splitlines()
    assert header == "at,cookie_new,cookie_old"
    assert first == f"{file.signals[0].at:%Y-%m-%dT%H:%M:%SZ},{','.join(file.signals[0].cells)}"


@pytest.mark.parametrize(
    ("households", "said"),
    [
        pytest.param(5, "5 households; expected at least 10, some for every role", id="too few"),
        pytest.param(4_000, "4040 phone numbers; expected at most 4000", id="too many"),
    ],
)
def test_refusals(households: int, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        generate([str(number) for number in range(households)])
