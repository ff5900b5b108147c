"""What is published stays what it was: in the lookup store, under another key, and after people are forgotten."""

from __future__ import annotations

import hashlib
from argparse import Namespace
from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl
import pytest

from jobs import erase, lookup, resolve_identities, rotate_keys
from jobs.identity.scope import Scope
from jobs.identity.state import read_state
from jobs.identity.vault import destination_hashes
from jobs.options import Context
from plateia.clock import AsOf
from plateia.lookup import Entry, LookupStore, Redirect, read_manifest
from plateia.trace import new_run
from plateia.workspace import load_workspace
from tests.files import write_files
from tests.identity.worlds import SERVED, stored
from tests.spark.test_identity_days import keys, published

FILES = {
    "configs/sites.yml": "us: {zone: UTC, country: US}\n",
    "configs/environments/local.yml": SERVED,
    "configs/identity.yml": (
        "identifiers:\n  account: {normalise: text, anchor: 1000, max_per_person: 3}\n"
        "  email: {normalise: text, anchor: 100, destinations: {meta: sha256-hex}}\n"
        "  cookie: {normalise: text, anchor: 1, max_people_per_value: 1, destinations: {meta: sha256-hex}}\n"
    ),
    "configs/sources/seen.yml": (
        "source: seen\nkind: signals\nread: {format: csv, path: '${data}/seen'}\nsite: us\nat: {column: at}\n"
        "identifiers: [{type: account, column: account}, {type: cookie, column: cookie}]\n"
        "verified: true\nconfidence: 0.9\n"
    ),
    "configs/sources/forms.yml": (
        "source: forms\nkind: signals\nread: {format: csv, path: '${data}/forms'}\nsite: us\nat: {column: at}\n"
        "identifiers: [{type: account, column: account}, {type: email, column: email}]\npurpose: linking\n"
    ),
    "configs/sources/consents.yml": (
        "source: consents\nkind: consents\nread: {format: csv, path: '${data}/consents.csv'}\nsite: us\n"
        "person: {column: account, identifier: account}\npurpose: purpose\ngranted: granted\nat: {column: at}\n"
    ),
    "data/seen/1.csv": "account,cookie,at\n"
    + "".join(f"canary-a{n},canary-c{n},2026-01-05\n" for n in range(40))
    + "canary-a1,canary-kiosk,2026-01-05\ncanary-a2,canary-kiosk,2026-01-06\n",
    "data/forms/1.csv": "account,email,at\n"
    + "".join(f"canary-a{n},canary-e{n},2026-01-06\n" for n in range(0, 40, 4)),
    "data/consents.csv": "account,purpose,granted,at\n"
    "canary-a4,linking,true,2026-01-02\ncanary-a8,linking,false,2026-01-03\n",
}
PEOPLE = [
    *(("account", f"canary-a{n}") for n in range(40)),
    *(("cookie", f"canary-c{n}") for n in range(40)),
    ("cookie", "canary-kiosk"),
]
VALUES = [*PEOPLE, *(("email", f"canary-e{n}") for n in range(0, 40, 4))]
WITHDRAWN = {("email", "canary-e8")}
Answers = Mapping[tuple[str, str], Entry | None]


__all__ = ["keys"]  # a fixture


@pytest.fixture
def company(tmp_path: Path) -> Path:
    write_files(tmp_path, FILES)
    return tmp_path


def words(company: Path, as_of: str) -> list[str]:
    return ["--configs", str(company / "configs"), "--as-of", as_of, "--quiet", "--json"]


def token(value: tuple[str, str], kid: str) -> bytes:
    return stored(value, kid)[1]


def answers(company: Path) -> Answers:
    """What the store says of every value, checked against the tables."""
    read = published(company / "lake")
    current = read("identity_members").filter(pl.col("valid_to").is_null())
    people = {row["token"]: (row["person_id"], row["confidence"]) for row in current.to_dicts()}
    said: dict[str, bool] = {}
    for row in read("identity_words").to_dicts():
        if row["token"] in people:
            person = people[row["token"]][0]
            said[person] = said.get(person, True) and row["granted"]
    shared = set(read("identity_shared")["token"])
    with LookupStore(company / "store") as store:
        found = {value: store.find(token(value, store.key_id)) for value in VALUES}
        known = {value for value, entry in found.items() if entry is not None}
        assert known == {value for value in VALUES if token(value, store.key_id) in {*people, *shared}}
        assert len(known) == len(people) + len(shared)
        for value, entry in found.items():
            if entry is not None:
                person, confidence = people.get(token(value, store.key_id), (None, 0.0))
                consent = {} if person not in said else {"linking": said[person]}
                assert entry == Entry(person, person is None, confidence, consent), value
        for old, now in read("identity_redirects").rows():
            assert store.current(old) == Redirect(now)
        assert store.current("nobody") is None
    return found


def hashes(company: Path) -> dict[tuple[str, str], str]:
    """What Meta takes for every e-mail that is somebody's, by the e-mail."""
    workspace, run = load_workspace(company / "configs"), new_run("test", AsOf.parse("2026-01-14"))
    context = Context(Namespace(), "test", workspace, run)
    assert workspace.identity is not None
    scope = Scope.of(context, context.lake, workspace.identity, read_state(context.lake))
    found = {row["token"]: row["hash"] for row in destination_hashes(scope, "meta", "email").collect()}
    names = {token(value, scope.keys.current): value for value in VALUES}
    return {names[one]: text for one, text in found.items()}


def hashed(value: tuple[str, str]) -> str:
    return hashlib.sha256(value[1].encode()).hexdigest()


def vault_keys(company: Path) -> set[bytes]:
    return set(published(company / "lake")("identity_vault_keys")["key"])


def files(*folders: Path) -> list[Path]:
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


def stored_cells(lake: Path) -> Iterator[tuple[Path, set[bytes]]]:
    """Every text and every binary value in every data file, live or not."""
    for path in files(lake):
        if path.suffix == ".parquet":
            table = pl.read_parquet(path)
            columns = [column for column in table if column.dtype in (pl.String, pl.Binary)]
            yield path, {bytes(cell) for column in columns for cell in column.drop_nulls().cast(pl.Binary)}


def persons(found: Answers) -> dict[tuple[str, str], str | None]:
    return {value: entry and entry.person_id for value, entry in found.items()}


def vaulted(company: Path) -> set[bytes]:
    """The tokens of every file of the vault, of older versions, too."""
    folder = company / "lake/identity_vault"
    return {token for path in folder.rglob("*.parquet") for token in pl.read_parquet(path)["token"]}


def only_emails_are_wanted_then_nothing(company: Path) -> None:
    rules, emails = company / "configs/identity.yml", {token(v, "k2") for v in VALUES if v[0] == "email"}
    assert emails & vaulted(company)
    assert vaulted(company) - emails
    wanted = ", destinations: {meta: sha256-hex}"
    for day, left in ((15, emails), (16, set[bytes]())):
        text = rules.read_text("utf-8")
        rules.write_text(text[::-1].replace(wanted[::-1], "", 1)[::-1], "utf-8")
        assert resolve_identities.main(words(company, f"2026-01-{day}")) == 0
        assert vaulted(company) <= left
        assert bool(vaulted(company)) == bool(left)
    assert not vault_keys(company)


def test_a_store_through_merges_rotation_and_erasure(company: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert resolve_identities.main(words(company, "2026-01-10")) == 0
    first = persons(answers(company))
    assert read_manifest(company / "store").overlay is None
    assert first["cookie", "canary-kiosk"] is None

    (company / "data/forms/2.csv").write_text(
        "account,email,at\ncanary-a5,canary-e12,2026-01-10T12:00:00\n", encoding="utf-8"
    )
    assert resolve_identities.main(words(company, "2026-01-11")) == 0
    second = persons(answers(company))
    assert read_manifest(company / "store").overlay is not None
    joined = {
        ("account", "canary-a5"),
        ("cookie", "canary-c5"),
        ("account", "canary-a12"),
        ("cookie", "canary-c12"),
        ("email", "canary-e12"),
    }
    assert len({second[value] for value in joined}) == 1
    assert {value for value in VALUES if first[value] != second[value]} < joined

    environment = company / "configs/environments/local.yml"
    environment.write_text(environment.read_text("utf-8").replace("current: k1", "current: k2"), "utf-8")
    # A key that has changed is served before any rotation.
    assert resolve_identities.main(words(company, "2026-01-12")) == 0
    assert persons(answers(company)) == second
    assert rotate_keys.main(words(company, "2026-01-12")) == 0
    text = environment.read_text("utf-8").replace("{k1: TEST_WRAP, k2: TEST_WRAP_2}", "{k2: TEST_WRAP_2}")
    environment.write_text(text, "utf-8")
    assert persons(answers(company)) == second
    assert hashes(company) == {value: hashed(value) for value in second if value[0] == "email" and second[value]}
    keys_before = vault_keys(company)

    requests = company / "requests.csv"
    requests.write_text(
        "request,site,identifier,value\nr1,us,account,canary-a1\nr2,us,email,canary-e4\nr3,us,cookie,canary-c99\n"
        "r4,us,account,canary-a8\n",
        "utf-8",
    )
    assert {token(value, "k2") for value in WITHDRAWN} <= vaulted(company)
    assert erase.main([*words(company, "2026-01-13"), "--requests", str(requests)]) == 0
    gone = {
        ("account", "canary-a1"),
        ("cookie", "canary-c1"),
        ("account", "canary-a4"),
        ("cookie", "canary-c4"),
        ("email", "canary-e4"),
        ("account", "canary-a8"),
        ("cookie", "canary-c8"),
    }
    kept = {value: None if value in gone else person for value, person in second.items()}
    assert persons(answers(company)) == kept
    assert read_manifest(company / "store").overlay is None  # no file of the store knows them any more
    assert hashes(company) == {value: hashed(value) for value in kept if value[0] == "email" and kept[value]}
    dropped = keys_before - vault_keys(company)
    assert len(dropped) == 3
    assert not {token(value, "k2") for value in WITHDRAWN | gone} & vaulted(company)
    # Everything is handed in once more, under other names.
    for path in list((company / "data").glob("*/*.csv")):
        path.rename(path.with_name(f"again-{path.name}"))
    assert resolve_identities.main(words(company, "2026-01-14")) == 0
    assert persons(answers(company)) == kept
    assert not {token(value, "k2") for value in WITHDRAWN | gone} & vaulted(company)
    capsys.readouterr()
    assert lookup.main([*words(company, "2026-01-14"), "--site", "us", "account", "canary-a5", "canary-a1"]) == 0
    assert str(kept["account", "canary-a5"]) in capsys.readouterr().out
    only_emails_are_wanted_then_nothing(company)
    held = {value for _, cells in stored_cells(company / "lake") for value in cells}
    assert not held & dropped
    assert not any(b"canary" in cell for cell in held)
    assert not any(b"canary" in path.read_bytes() for path in files(company / "lake", company / "store"))
