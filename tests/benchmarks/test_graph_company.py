"""Made-up people as a company's files: every pair once, and a change that is as large as was asked for."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.graphs.change import Change
from benchmarks.graphs.company import DAYS, Company, source_of, sources, values
from benchmarks.graphs.people import Kind, Seen, code, kind_of, person_of, seen, together
from plateia.workspace import load_workspace

PEOPLE = 3_000


@pytest.fixture(scope="module")
def whole() -> Seen:
    return together(seen(PEOPLE, hubs=True))


@pytest.fixture
def company(tmp_path: Path, whole: Seen) -> Company:
    written = Company(tmp_path / "company")
    assert written.write([whole]) == len(whole.a)
    return written


def told(company: Company) -> Counter[tuple[str, ...]]:
    """What the files say: pairs of values, each with its source."""
    found: Counter[tuple[str, ...]] = Counter()
    for source in sources():
        for path in (company.folder / "data" / source).iterdir():
            for row in pq.read_table(path).drop(["seen_at"]).to_pylist():
                found[(source, *(value for value in row.values() if value is not None))] += 1
    return found


def test_every_pair_is_one_row_of_its_source(company: Company, whole: Seen) -> None:
    ends = [values(whole.a).to_pylist(), values(whole.b).to_pylist()]
    expected = zip(source_of(whole).tolist(), *ends, strict=True)
    assert told(company) == Counter(expected)


def test_files_are_of_days_and_about_equal(company: Company) -> None:
    for source in sources():
        rows = [pq.read_metadata(company.data(source, day)).num_rows for day in range(DAYS)]
        assert len(rows) == DAYS
    logins = [pq.read_metadata(company.data("logins", day)).num_rows for day in range(DAYS)]
    assert max(logins) < 2 * min(logins)


def test_the_times_of_a_file_are_of_its_day(company: Company) -> None:
    times = pq.read_table(company.data("logins", 7))["seen_at"]
    assert times.type == pa.timestamp("us", "UTC")
    assert {(at.month, at.day) for at in times.to_pylist()} == {(1, 8)}


def test_the_configuration_is_sound(company: Company) -> None:
    workspace = load_workspace(company.configs)
    workspace.require_sound()
    assert workspace.identity is not None
    assert workspace.identity.anchor_type == "account"


def test_each_value_has_a_token_of_its_own(company: Company) -> None:
    codes = code(Kind.EMAIL, np.arange(50), 0)
    assert len(set(company.tokens(codes))) == 50
    assert company.tokens(codes) == Company(company.folder).tokens(codes)


def test_only_logins_and_records_of_customers_prove(whole: Seen) -> None:
    names = source_of(whole)
    assert set(names[whole.proven].tolist()) == {"logins", "crm"}
    assert set(kind_of(whole.b[names == "crm"]).tolist()) == {Kind.EMAIL, Kind.PHONE}


def test_a_change_takes_and_brings_what_was_asked_for_in_few_files(tmp_path: Path) -> None:
    people = together(seen(PEOPLE))
    company = Company(tmp_path / "company")
    rows = company.write([people])
    before = told(company)
    untouched = company.data("logins", 3).read_bytes()
    change = Change(company, PEOPLE, rows)
    gone, came = change.deliver()
    after = told(company)
    assert gone == round(0.001 * rows)
    assert came == pytest.approx(0.005 * rows, rel=0.3)  # newcomers are a few people
    assert sum((before - after).values()) == gone
    assert sum((after - before).values()) == came
    assert company.data("logins", 3).read_bytes() == untouched
    change.bring_back()
    assert before - told(company) == Counter()


def test_newcomers_are_new(tmp_path: Path) -> None:
    company = Company(tmp_path / "company")
    rows = company.write(seen(PEOPLE))
    Change(company, PEOPLE, rows).deliver()
    new = pq.read_table(company.data("crm", DAYS))["account"].to_pylist()
    accounts = np.array([int(account.rpartition("-")[2]) for account in new])
    assert person_of(accounts).min() >= PEOPLE
