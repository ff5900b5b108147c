"""The demo's generated signals: every household stays one person, and every audience has the households it had."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime

import polars as pl
import pytest
from pyspark.sql import SparkSession

from jobs import build_audiences, lookup, refresh_warehouse
from jobs.demo.commands import run
from jobs.demo.company import Company
from jobs.demo.generated.year import Year, generate
from jobs.demo.identities import show_identities
from jobs.demo.supermarket import household_ids
from plateia.identity.tokens import TokenKeys
from tests.lakes import DEMO_AS_OF, REPOSITORY, BuiltLake
from tests.oracle.demo import RAW
from tests.published import published_members

TOKEN_KEY, WRAP_KEY = "a key of tokens for tests", "a key of wraps for tests"
DAYS = (datetime(2017, 12, 1, 5, tzinfo=UTC), datetime(2018, 1, 1, 5, tzinfo=UTC))
pytestmark = pytest.mark.nightly  # days of a whole year take minutes
_KEYS = TokenKeys(TOKEN_KEY.encode(), {"demo": WRAP_KEY.encode()}, "demo")


@dataclass
class Told:
    """The company after both days, what was printed, and on each day whose every token was."""

    company: Company
    year: Year
    accounts: list[str]
    printed: str = ""
    owners: list[dict[bytes, str]] = field(default_factory=list)

    def cells(self, source: str, month: str = "") -> list[tuple[str, ...]]:
        """The cells of a source, or of one of its months."""
        files = (file for file in self.year.files if file.source == source and file.month.endswith(month))
        return [signal.cells for file in files for signal in file.signals]

    def on(self, day: int, kind: str, values: Sequence[str]) -> dict[str, str | None]:
        """Whose values were on the first or the second day."""
        return {value: self.owners[day].get(_KEYS.wrap(_KEYS.inner(kind, value, "us"))) for value in values}

    def households(self, day: int) -> dict[str, str | None]:
        return self.on(day, "account", self.accounts)

    def whose(self, kind: str, values: Sequence[str]) -> dict[str, tuple[object, object]]:
        """What ``plateia lookup`` says: person and status."""
        code, rows = run("lookup", lookup.main, [kind, *values, "--site", "us", *self.company.options])
        assert code == 0
        return {value: (row["person_id"], row["status"]) for value, row in zip(values, rows, strict=True)}


@pytest.fixture(scope="module")
def told(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    del spark  # the commands find it running
    home = tmp_path_factory.mktemp("home")
    (home / "data").mkdir()
    for path in RAW.glob("*.parquet"):
        (home / "data" / path.name).symlink_to(path)
    accounts = household_ids(home / "data")
    found, printed = Told(Company(home), generate(accounts), accounts), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLATEIA_DEMO_TOKEN_KEY", TOKEN_KEY)
        patch.setenv("PLATEIA_DEMO_WRAP_KEY", WRAP_KEY)
        with redirect_stdout(printed):
            assert show_identities(found.company, REPOSITORY / "configs", accounts, ["--quiet"]) == 0
        found.printed = printed.getvalue()
        members = pl.read_delta(str(found.company.lake / "identity_members"))
        for day in DAYS:
            is_over = pl.col("valid_to").is_not_null() & (pl.col("valid_to") <= day)
            then = members.filter((pl.col("valid_from") <= day) & ~is_over)
            found.owners.append(dict(then.select("token", "person_id").rows()))
        yield found


def test_each_household_is_one_person_who_keeps_the_id(told: Told) -> None:
    first, second = told.households(0), told.households(1)
    assert None not in first.values()
    assert len(set(first.values())) == len(told.accounts) == 2_469
    assert second == first
    assert "Accounts of 2,469 households belong to 2,469 people." in told.printed


def test_visitors_who_log_in_are_merged_into_their_household(told: Told) -> None:
    account_of = {cookie: account for account, cookie, _ in told.cells("logins", "12")}
    before, after = (told.on(day, "cookie", list(account_of)) for day in (0, 1))
    assert after == {cookie: told.households(1)[account] for cookie, account in account_of.items()}
    assert not set(before.values()) & {*told.households(0).values(), None}
    assert len(set(before.values())) == len(account_of) == 74
    leads_to = dict(pl.read_delta(str(told.company.lake / "identity_redirects")).rows())
    assert {cookie: leads_to[person] for cookie, person in before.items()} == after


def test_whom_a_withdrawn_file_has_joined_are_split(told: Told) -> None:
    account_of = {cookie: account for account, cookie, _ in told.cells("logins") if cookie}
    household_of = {visitor: account_of[cookie] for cookie, visitor in told.cells("matches", "11")}
    before, after = (told.on(day, "cookie", list(household_of)) for day in (0, 1))
    assert before == {visitor: told.households(0)[account] for visitor, account in household_of.items()}
    assert len(set(after.values())) == len(household_of) == 25
    assert not set(after.values()) & {*told.households(1).values(), None}


def test_tablets_are_nobodys(told: Told) -> None:
    tablets = {device for _, cookie, device in told.cells("logins") if not cookie}
    assert len(tablets) == 49
    assert set(told.whose("device", sorted(tablets)).values()) == {(None, "shared")}


def test_a_mistyped_address_is_its_writers(told: Told) -> None:
    typed = {email: account for account, email, _, confirmed in told.cells("contacts") if confirmed == "false"}
    people = told.households(1)
    assert told.whose("email", list(typed)) == {email: (people[account], "known") for email, account in typed.items()}
    assert len(typed) == 49


def test_an_old_number_is_its_new_owners(told: Told) -> None:
    digits = [("".join(filter(str.isdigit, phone))[-10:], a) for a, _, phone, _ in told.cells("contacts") if phone]
    newest = dict(digits)
    moved = sorted({phone for phone, account in digits if newest[phone] != account})
    assert len(moved) == 24
    people = told.households(1)
    assert told.whose("phone", moved) == {phone: (people[newest[phone]], "known") for phone in moved}


def test_what_is_printed(told: Told) -> None:
    lines = [line.split() for line in told.printed.splitlines()]
    assert ["2017-12-01", "2,568", "2,568", "0", "0", "0"] in lines
    assert ["2018-01-01", "2,519", "0", "74", "25", "0"] in lines
    assert "Generated signals, seed 2017: of these identifiers only the accounts are real." in told.printed
    _, refused, joined = told.printed.split("plateia explain-identity ")
    assert "\nnot one person\n" in refused
    assert "identifiers.account.verified" in refused
    assert "\none person\n" in joined
    for source in ("contacts", "logins", "rotations"):
        assert f"generated_{source}" in joined


def test_audiences_have_the_households_that_they_have_without_identities(told: Told, demo_lake: BuiltLake) -> None:
    for command in (refresh_warehouse, build_audiences):
        assert command.main([*told.company.options, "--as-of", DEMO_AS_OF, "--quiet"]) == 0
    household_of = {person: account for account, person in told.households(1).items()}
    found = {
        key: frozenset(household_of[person] for person in members)
        for key, members in published_members(told.company.lake).items()
    }
    without = published_members(demo_lake.lake)
    assert sorted(found) == sorted(without)
    # Who is in which part of a split is drawn by person id: only the whole can be the same.
    assert [key for key, members in without.items() if "/" not in key[1] and found[key] != members] == []
