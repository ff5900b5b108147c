"""Days of many small worlds: brute force, a full rebuild and what is told from changes alone agree, id by id."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl
import pytest
from pyspark.sql import SparkSession

from jobs import erase as erase_command
from jobs import resolve_identities, rotate_keys
from tests.identity.worlds import KEYS, KINDS, TOKEN_KEY, Company
from tests.oracle.identity import Naive, Value

TABLES = (
    "identity_edges", "identity_edges_refused", "identity_members", "identity_people", "identity_events",
    "identity_redirects", "identity_shared", "identity_words",
)  # fmt: skip
LAKES = ("changes", "full")
Read = Callable[[str], pl.DataFrame]


def published(lake: Path) -> Read:
    """Reads a table of the lake at the version that readers see."""
    versions: Mapping[str, int] = dict(pl.read_delta(str(lake / "identity_current")).select("table", "version").rows())
    return lambda table: pl.read_delta(str(lake / table), version=versions.get(table))


def words(company: Company, lake: str) -> list[str]:
    """What every command is told."""
    return ["--configs", str(company.root / "configs"), "--lake", str(company.root / lake), "--quiet", "--json"]


def dated(company: Company) -> list[str]:
    return ["--as-of", company.as_of.strftime("%Y-%m-%dT%H:%M:%SZ")]


def resolve(company: Company, lake: str, *more: str) -> Read:
    """Run the command on a lake of a name; returns what readers see."""
    assert resolve_identities.main([*words(company, lake), *dated(company), *more]) == 0
    return published(company.root / lake)


def rows(read: Read, table: str) -> list[str]:
    """Every row but its run, in an order of its own."""
    frame = read(table)
    return sorted(map(repr, frame.drop("run_id" if "run_id" in frame.columns else []).rows()))


def check(read: Read, naive: Naive, company: Company) -> None:
    """What readers see is what brute force says."""
    current = read("identity_members").filter(pl.col("valid_to").is_null())
    owners = {(row["identifier_type"], row["token"]): row["person_id"] for row in current.to_dicts()}
    assert len(owners) == current.height
    assert owners == {company.stored(value): person for value, person in naive.owner.items()}
    refused = {
        (frozenset({(r["type_a"], r["token_a"]), (r["type_b"], r["token_b"])}), r["source"], r["verified"]): r["rule"]
        for r in read("identity_edges_refused").to_dicts()
    }
    assert refused == {
        (frozenset(map(company.stored, ends)), *rest): rule for (ends, *rest), rule in naive.refused.items()
    }
    shared = read("identity_shared").select("identifier_type", "token").rows()
    assert sorted(shared) == sorted(map(company.stored, naive.shared))
    assert dict(read("identity_redirects").rows()) == naive.redirects
    events = read("identity_events").filter(pl.col("run_id") == read("identity_current")["run_id"].max())
    assert set(events["at"]) <= {company.as_of}
    assert set(events.select("kind", "person_id", "other_person_id", "evidence").rows()) == naive.happened


def erase(company: Company, lake: str, values: list[Value]) -> Read:
    """Run the command on a lake of a name; returns what readers see."""
    requests = company.root / "requests.csv"
    lines = [f"{number},us,{kind},{value}" for number, (kind, value) in enumerate(values)]
    requests.write_text("\n".join(["request,site,identifier,value", *lines]), encoding="utf-8")
    assert erase_command.main([*words(company, lake), "--requests", str(requests)]) == 0
    return published(company.root / lake)


def live_through(days: tuple[int, ...], company: Company, *, erasing: int, rotating: bool = False) -> None:
    """Let days pass; in the middle of them some people ask to be forgotten, and everybody else stays who he was.

    Rotating: then the key that wraps tokens is another, first for what is handed in, which is every file once more
    under another name, then for all that is stored.
    """
    naive = Naive(KINDS, TOKEN_KEY.encode())
    for number, passed in enumerate(days):
        company.live(passed)
        told_twice(company, naive)
        if number == len(days) // 2:
            values = company.random.sample(sorted(naive.owner), erasing)
            before = dict(naive.owner)
            naive.erase(values, company.signals, company.words, company.as_of)
            by_changes, anew = (erase(company, lake, values) for lake in LAKES)
            check(by_changes, naive, company)
            same(by_changes, anew)
            left = {value: person for value, person in before.items() if value not in naive.stones}
            assert naive.owner == left
            if rotating:
                company.change_key()
                company.rename_files()
                told_twice(company, naive)
                for lake in LAKES:
                    assert rotate_keys.main([*words(company, lake), *dated(company)]) == 0
                company.drop_old_key()
                told_twice(company, naive)
                assert naive.owner == left


def told_twice(company: Company, naive: Naive) -> None:
    """Both lakes learn what the files say today, and publish what brute force finds."""
    naive.day(company.signals, company.words, company.as_of)
    changes, full = (company.root / lake for lake in LAKES)
    is_first = not changes.exists()
    by_changes = resolve(company, "changes")
    check(by_changes, naive, company)
    if is_first:
        shutil.copytree(changes, full)  # there was nothing before: everything was solved
    else:
        same(by_changes, resolve(company, "full", "--full"))


def same(one: Read, other: Read) -> None:
    """Two lakes publish the same rows, runs aside."""
    for table in TABLES:
        assert rows(one, table) == rows(other, table), table


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch, spark: SparkSession) -> None:
    del spark  # the commands find it running
    for name, key in KEYS.items():
        monkeypatch.setenv(name, key)


def test_days_of_many_worlds(tmp_path: Path) -> None:
    live_through((7, 30), Company(tmp_path, seed=5, worlds=150), erasing=10)


@pytest.mark.nightly
def test_partitions_and_the_order_of_rows_change_nothing(tmp_path: Path, spark: SparkSession) -> None:
    company, parts = Company(tmp_path, seed=9, worlds=60), spark.conf.get("spark.sql.shuffle.partitions")
    assert parts is not None
    try:
        for _ in range(2):
            company.live(20)
            found = []
            for number in (1, 7, 200):
                spark.conf.set("spark.sql.shuffle.partitions", str(number))
                found.append(resolve(company, f"by-{number}"))
                shuffle_rows(company)
            same(found[0], found[1])
            same(found[0], found[2])
    finally:
        spark.conf.set("spark.sql.shuffle.partitions", parts)


def shuffle_rows(company: Company) -> None:
    """Write the rows of every file in another order."""
    for path in sorted((company.root / "data").glob("*/*.csv")):
        header, *lines = path.read_text("utf-8").splitlines()
        path.write_text("\n".join([header, *company.random.sample(lines, len(lines)), ""]), "utf-8")


@pytest.mark.nightly
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_thirty_days(tmp_path: Path, seed: int) -> None:
    live_through((1, 1, 3, 20, 1, 45, 1, 2, 7, 1), Company(tmp_path, seed=seed, worlds=400), erasing=40, rotating=True)
