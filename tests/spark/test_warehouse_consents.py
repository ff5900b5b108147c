"""Consents on their way into the warehouse: words of several sources, refused ones, strangers, later deliveries."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.spark.warehouse_company import Company, Row

SITES = {"us": {"zone": "America/New_York", "country": "US"}, "de": {"zone": "Europe/Berlin", "country": "DE"}}
PEOPLE = {
    "source": "people", "kind": "people", "read": {"format": "csv", "path": "${data}/people.csv"},
    "site": {"column": "site"}, "person": {"column": "id"},
}  # fmt: skip
CENTRE = {
    "source": "centre", "kind": "consents", "read": {"format": "csv", "path": "${data}/centre.csv"},
    "site": {"column": "site"}, "person": {"column": "id"}, "load": "append",
    "purpose": {"column": "what", "values": ["ads", "mail"]}, "granted": "yes", "at": {"column": "when"},
}  # fmt: skip
LETTERS = {
    "source": "letters", "kind": "consents", "read": {"format": "json", "path": "${data}/letters.jsonl"}, "site": "us",
    "person": {"column": "id"}, "purpose": "purpose", "granted": "granted", "at": {"column": "at", "zone": "UTC"},
}  # fmt: skip

CENTRE_ROWS = """\
site,id,what,yes,when
us,ana,ads,true,2024-03-10T02:30
us,ana,ads,true,2024-03-10T02:30
us,ana,ads,FALSE,2024-03-10T07:30Z
de,ana,mail,1,2024-03-10T02:30
us,zoe,ads,true,2024-01-01T00:00
us,,ads,true,2024-01-01T00:00
fr,ana,ads,true,2024-01-01T00:00
us,ana,,true,2024-01-01T00:00
us,ana,push,true,2024-01-01T00:00
us,ana,ads,,2024-01-01T00:00
us,ana,ads,perhaps,2024-01-01T00:00
us,ana,ads,true,
us,ana,ads,true,yesterday
"""
LETTERS_ROWS = """\
{"id": "bob", "purpose": "ads", "granted": true, "at": "2024-01-01T00:00:00"}
{"id": "ana", "purpose": "ads", "granted": false, "at": "2024-03-10T07:30:00"}
"""


def make(root: Path) -> Company:
    made = Company(root)
    made.configure(sites=SITES, sources=[PEOPLE, CENTRE, LETTERS])
    made.write("people.csv", "site,id\nus,ana\nus,bob\nde,ana\n")
    made.write("centre.csv", CENTRE_ROWS)
    made.write("letters.jsonl", LETTERS_ROWS)
    return made


@pytest.fixture(scope="module")
def company(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Company:
    request.getfixturevalue("spark")
    return make(tmp_path_factory.mktemp("consents"))


@pytest.fixture(scope="module")
def said(company: Company) -> Row:
    return company.refresh()


def words(company: Company) -> list[Row]:
    """The rows of ``consents``, by site, person, purpose, instant and word."""
    person_of = {(site, ordinal): person for (site, person), ordinal in company.ordinals().items()}
    rows = [{**row, "person": person_of[row["site"], row["ordinal"]]} for row in company.table("consents").to_dicts()]
    return sorted(rows, key=lambda row: tuple(row[name] for name in ("site", "person", "purpose", "at", "granted")))


def test_words_of_all_sources_count_once_and_only_about_the_universe(company: Company, said: Row) -> None:
    assert said["exit"] == 0
    gap = datetime(2024, 3, 10, 7, 30, tzinfo=UTC)  # 02:30 in New York, which that night does not have
    assert [(row["site"], row["person"], row["purpose"], row["at"], row["granted"]) for row in words(company)] == [
        ("de", "ana", "mail", datetime(2024, 3, 10, 1, 30, tzinfo=UTC), True),
        ("us", "ana", "ads", gap, False),
        ("us", "ana", "ads", gap, True),
        ("us", "bob", "ads", datetime(2024, 1, 1, tzinfo=UTC), True),
    ]
    assert company.table("consents").columns == ["site", "block", "ordinal", "at", "purpose", "granted"]
    assert {person for _, person in company.ordinals()} == {"ana", "bob"}, "zoe is known from a consent alone"
    table = next(row for row in said["results"] if row.get("table") == "consents")
    assert (table["verdict"], table["rows"], table["ignored"]) == ("published", 4, 1)
    centre = next(row for row in said["results"] if row.get("source") == "centre")
    wanted = {"read": 13, "quarantined": 8, "accepted": 5, "duplicates": 1, "verdict": "accepted"}
    assert {name: centre[name] for name in wanted} == wanted


@pytest.mark.usefixtures("said")
def test_a_refused_word_says_why(company: Company) -> None:
    quarantined = company.quarantine("centre")
    assert Counter(tuple(reasons) for reasons in quarantined["reasons"].to_list()) == Counter(
        {
            ("id: no person",): 1,
            ("site: a site that is not mapped",): 1,
            ("what: no purpose",): 1,
            ("what: outside the closed set of purpose",): 1,
            ("yes: no granted",): 1,
            ("yes: cannot be cast to boolean",): 1,
            ("when: no time",): 1,
            ("when: cannot be cast to timestamp",): 1,
        }
    )
    assert "id" not in quarantined.columns, "without a key, persons are left out"


@pytest.mark.usefixtures("said")
def test_what_is_appended_stays_a_snapshot_is_replaced_and_a_suite_holds_back(company: Company, tmp_path: Path) -> None:
    shutil.copytree(company.root, tmp_path / "later")
    company, later = Company(tmp_path / "later"), datetime(2024, 5, 1, tzinfo=UTC)
    company.write("centre.csv", "site,id,what,yes,when\nus,bob,mail,false,2024-05-01T00:00Z\n")
    company.write("letters.jsonl", '{"id": "bob", "purpose": "ads", "granted": false, "at": "2024-05-01T00:00:00"}\n')
    before = [row for row in words(company) if row["person"] == "ana"]
    dry = company.refresh("--dry-run")
    assert [row["accepted"] for row in dry["results"] if row.get("source") in ("centre", "letters")] == [1, 1]
    assert company.refresh("--site", "us")["exit"] == 0
    after = words(company)
    assert [row for row in after if row["person"] == "ana"] == before
    assert [(row["purpose"], row["at"], row["granted"]) for row in after if row["person"] == "bob"] == [
        ("ads", later, False),
        ("mail", later, False),
    ]
    _assert_held(company)


def _assert_held(company: Company) -> None:
    pinned = company.pins()
    suite = {
        "suite": "consents", "table": "consents",
        "expectations": [{"type": "expect_table_row_count_to_be_between", "min_value": 1_000}],
    }  # fmt: skip
    company.configure(sites=SITES, sources=[PEOPLE, CENTRE, LETTERS], suites=[suite])
    company.write("people.csv", "site,id\nus,ana\nus,bob\nus,cy\nde,ana\n")
    said = company.refresh()
    assert said["exit"] == 3
    assert {row["table"]: row["verdict"] for row in said["results"] if "table" in row} == {
        "consents": "held", "people": "published", "person_ordinals": "published",
    }  # fmt: skip
    assert company.pins()["consents"] == pinned["consents"]
    assert ("us", "cy") in company.ordinals()
