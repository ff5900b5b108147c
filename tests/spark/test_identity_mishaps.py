"""What goes wrong between two nights: commands that are killed, keys that change, files that go from a log."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from deltalake import write_deltalake

from jobs import erase, refresh_warehouse, resolve_identities, rotate_keys
from jobs.identity import resolution
from plateia.errors import LakeError
from plateia.lookup import LookupStore
from tests.files import write_files
from tests.identity.worlds import SERVED, stored
from tests.spark.test_identity_days import keys, published

pytestmark = pytest.mark.nightly
FILES = {
    "configs/sites.yml": "us: {zone: UTC, country: US}\n",
    "configs/environments/local.yml": SERVED,
    "configs/identity.yml": (
        "identifiers:\n  account: {normalise: text, anchor: 1000, max_per_person: 3}\n"
        "  email: {normalise: text, anchor: 100, destinations: {meta: sha256-hex}}\n"
    ),
    "configs/sources/crm.yml": (
        "source: crm\nkind: signals\nread: {format: csv, path: '${data}/crm'}\nsite: us\nat: {column: at}\n"
        "identifiers: [{type: account, column: account}, {type: email, column: email}]\npurpose: linking\n"
        "joins: {shops: {read: {format: csv, path: '${data}/shops.csv'}, on: {shop: shop}}}\n"
        "where: {shops.kind: own}\n"
    ),
    "configs/sources/people.yml": (
        "source: people\nkind: people\nread: {format: csv, path: '${data}/people'}\nsite: us\nload: append\n"
        "person: {column: id, identifier: account}\ntraits: {tier: {type: string}}\n"
    ),
    "configs/sources/consents.yml": (
        "source: consents\nkind: consents\nread: {format: csv, path: '${data}/consents'}\nsite: us\nload: append\n"
        "person: {column: account, identifier: account}\npurpose: purpose\ngranted: granted\nat: {column: at}\n"
    ),
    "data/shops.csv": "shop,kind\ns1,own\ns2,franchise\n",
    "data/crm/1.csv": "account,email,at,shop\n" + "".join(f"a{n},e{n},2026-01-05,s{1 + n % 2}\n" for n in range(10)),
    "data/people/1.csv": "id,tier\n" + "".join(f"a{n},silver\n" for n in range(10)),
    "data/people/2.csv": "id,tier\na20,gold\na21,gold\n",
    "data/consents/1.csv": "account,purpose,granted,at\na4,linking,false,2026-01-02\n",
    "data/consents/2.csv": "account,purpose,granted,at\na2,linking,true,2026-01-02\n",
}


__all__ = ["keys"]  # a fixture


@pytest.fixture
def company(tmp_path: Path) -> Path:
    write_files(tmp_path, FILES)
    return tmp_path


def run(main: Callable[[list[str]], int], company: Path, day: int, *more: str) -> int:
    return main(["--configs", str(company / "configs"), "--as-of", f"2026-01-{day}", "--quiet", "--json", *more])


def forget(company: Path, day: int, *values: str) -> int:
    file = company / "requests.csv"
    file.write_text("request,site,identifier,value\n" + "".join(f"r,us,{value}\n" for value in values), "utf-8")
    return run(erase.main, company, day, "--requests", str(file))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def owners(company: Path) -> dict[bytes, str]:
    current = published(company / "lake")("identity_members").filter(pl.col("valid_to").is_null())
    return dict(current.select("token", "person_id").rows())


def together(company: Path, kid: str = "k1") -> set[int]:
    """The accounts that are one person with their e-mail."""
    whose = owners(company)
    both = (
        (number, stored(("account", f"a{number}"), kid)[1], stored(("email", f"e{number}"), kid)[1])
        for number in range(10)
    )
    return {number for number, account, email in both if whose.get(email) == whose.get(account) is not None}


def vaulted(company: Path) -> set[bytes]:
    """The tokens of all files of the vault, older versions' too."""
    files = (company / "lake/identity_vault").rglob("*.parquet")
    return {token for path in files for token in pl.read_parquet(path)["token"]}


def test_what_goes_from_a_log_or_a_look_up(company: Path) -> None:
    assert run(resolve_identities.main, company, 10) == 0
    assert together(company) == {0, 2, 6, 8}
    # A withdrawal stays said when the file of a log that is only added to has gone.
    (company / "data/consents/1.csv").unlink()
    edit(company / "data/shops.csv", "s2,franchise", "s2,own")
    before = owners(company)
    assert run(resolve_identities.main, company, 11) == 0
    assert together(company) == {0, 1, 2, 3, 5, 6, 7, 8, 9}
    # So does who was told of in a file of people, whatever else of the source changes.
    (company / "data/people/2.csv").unlink()
    edit(company / "configs/sites.yml", "us:", "br: {zone: America/Sao_Paulo, country: BR}\nus:")
    assert run(resolve_identities.main, company, 12) == 0
    assert before.items() <= owners(company).items()


def test_an_erasure_that_was_killed(company: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = {stored((kind, f"{kind[0]}6"))[1] for kind in ("account", "email")}
    assert run(resolve_identities.main, company, 10) == 0
    assert gone <= owners(company).keys()
    edit(company / "configs/identity.yml", "max_per_person: 3", "max_per_person: 2")
    assert forget(company, 10, "account,a6") == 2  # other rules than were published
    assert gone <= owners(company).keys()
    edit(company / "configs/identity.yml", "max_per_person: 2", "max_per_person: 3")

    def killed(*_: object, **__: object) -> None:
        raise LakeError.because("killed")

    with monkeypatch.context() as patched:
        patched.setattr(erase, "resolve", killed)  # nothing is published yet
        assert forget(company, 10, "account,a6") != 0
    assert gone <= owners(company).keys()
    edit(company / "configs/environments/local.yml", "current: k1", "current: k2")
    assert run(rotate_keys.main, company, 10) == 0
    gone = {stored((kind, f"{kind[0]}6"), "k2")[1] for kind in ("account", "email")}
    with monkeypatch.context() as patched:
        patched.setattr(resolution, "shred", killed)  # published, and all else is undone
        assert run(resolve_identities.main, company, 11) != 0
    assert not gone & owners(company).keys()
    assert gone & vaulted(company)
    with LookupStore(company / "store") as store:
        assert store.find(stored(("account", "a6"), store.key_id)[1]) is not None
    assert forget(company, 11, "account,a6") == 0
    assert not gone & vaulted(company)
    with LookupStore(company / "store") as store:
        assert store.find(stored(("account", "a6"), store.key_id)[1]) is None
    assert not gone & set(published(company / "lake")("identity_members")["token"])


def test_a_warehouse_through_a_change_of_keys(company: Path) -> None:
    for job in (resolve_identities, refresh_warehouse):
        assert run(job.main, company, 10) == 0
    assert tiers(company) == {"silver": 10, "gold": 2}
    (company / "data/people/2.csv").unlink()
    edit(company / "configs/environments/local.yml", "current: k1", "current: k2")
    assert run(rotate_keys.main, company, 11) == 0
    for job in (resolve_identities, refresh_warehouse):
        assert run(job.main, company, 11) == 0
    edit(company / "configs/environments/local.yml", "{k1: TEST_WRAP, k2: TEST_WRAP_2}", "{k2: TEST_WRAP_2}")
    edit(company / "data/people/1.csv", "a1,silver", "a1,gold")
    for job in (resolve_identities, refresh_warehouse):
        assert run(job.main, company, 12) == 0
    assert tiers(company) == {"silver": 9, "gold": 3}


def tiers(company: Path) -> dict[str, int]:
    living = pl.read_delta(str(company / "lake/people")).filter(pl.col("alive"))
    return {str(row["tier"]): row["len"] for row in living.group_by("tier").len().to_dicts()}


def test_a_table_that_is_read_whole_each_time_is_taken_in_once(company: Path) -> None:
    source, people = company / "configs/sources/people.yml", company / "data/table"
    edit(source, "format: csv, path: '${data}/people'", "format: delta, path: '${data}/table'")
    write_deltalake(people, pl.DataFrame({"id": ["a0", "b1"], "tier": ["gold", "gold"]}).to_arrow())
    assert run(resolve_identities.main, company, 10) == 0
    sightings = [("a0",), ("b1",)]
    assert taken_in(company) == {stored(("account", *name))[1]: 1 for name in sightings}
    write_deltalake(people, pl.DataFrame({"id": ["b1", "b2"], "tier": ["gold", "gold"]}).to_arrow(), mode="overwrite")
    before = owners(company)
    assert run(resolve_identities.main, company, 11) == 0
    assert taken_in(company) == {stored(("account", *name))[1]: 1 for name in [*sightings, ("b2",)]}
    assert before.items() <= owners(company).items()


def taken_in(company: Path) -> dict[bytes, int]:
    """How often each account of the source of people stands among the signals."""
    rows = published(company / "lake")("identity_signals").filter(pl.col("source") == "people")
    return dict(rows.group_by("token_a").len().rows())
