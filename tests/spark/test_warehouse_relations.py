"""Relations on their way into the warehouse: from people and between entities, refused rows, strangers, keys."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from tests.spark.warehouse_company import Company, Row

SITES = {"us": {"zone": "America/New_York", "country": "US"}, "de": {"zone": "Europe/Berlin", "country": "DE"}}
SITE = {"column": "land", "map": {"U": "us", "D": "de"}}


def _csv(name: str) -> Row:
    return {"format": "csv", "path": f"${{data}}/{name}.csv"}


PEOPLE = {
    "source": "people", "kind": "people", "read": _csv("people"), "site": SITE, "person": {"column": "id"},
}  # fmt: skip
HAS = {
    "source": "carts", "kind": "relation", "relation": "has", "read": _csv("carts"), "site": SITE,
    "from": {"person": "id"}, "to": {"entity": "item", "key": ["shop", "sku"]},
    "properties": {"paid": {"type": "decimal(6,2)", "values": ["1.50", "2"]}, "tags": {"type": "array<string>"}},
}  # fmt: skip
MORE = {
    "source": "more", "kind": "relation", "relation": "has", "read": _csv("more"), "site": "us", "load": "append",
    "from": {"person": "who"}, "to": {"entity": "item", "key": ["shop", "sku"]}, "where": {"sku": {"ne": "x"}},
}  # fmt: skip
SOLD = {
    "source": "sellers", "kind": "relation", "relation": "sold_by", "read": _csv("sellers"), "site": SITE,
    "from": {"entity": "item", "key": ["shop", "sku"]}, "to": {"entity": "seller", "key": "seller"},
    "properties": {"since": {"type": "date"}},
}  # fmt: skip

CARTS = """\
land,id,shop,sku,paid,tags
U,ana,1,a,1.50,"[""x"", null]"
U,ana,1,a,1.5,"[""x""]"
U,ana,1,a,2,
D,ana,1,ñ,,
U,zoe,1,a,2,
U,,1,a,2,
U,ana,,a,2,
X,ana,1,a,2,
U,ana,1,a,3,
U,ana,1,a,two,
U,ana,1,a,2,[1
"""
SELLERS = """\
land,shop,sku,seller,since
U,1,a,acme,2020-02-29
U,1,a,acme,2020-02-29
U,1,a,zeta,
D,1,ñ,acme,2021-01-01
U,1,,acme,2020-01-01
U,1,b,,2020-01-01
U,1,b,acme,2020-02-30
"""


def make(root: Path) -> Company:
    made = Company(root)
    made.configure(sites=SITES, sources=[PEOPLE, HAS, MORE, SOLD])
    made.write("people.csv", "land,id\nU,ana\nU,bob\nD,ana\n")
    made.write("carts.csv", CARTS)
    made.write("more.csv", "who,shop,sku\nbob,1,a\nbob,1,a\nbob,1,x\nana,1,a\n")
    made.write("sellers.csv", SELLERS)
    return made


@pytest.fixture(scope="module")
def company(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Company:
    request.getfixturevalue("spark")
    return make(tmp_path_factory.mktemp("relations"))


@pytest.fixture(scope="module")
def said(company: Company) -> Row:
    return company.refresh()


def carts(company: Company) -> Counter[tuple[object, ...]]:
    person_of = {(site, ordinal): person for (site, person), ordinal in company.ordinals().items()}
    return Counter(
        (row["site"], person_of[row["site"], row["ordinal"]], row["to_key"], row["paid"], tuple(row["tags"] or ["-"]))
        for row in company.table("relation_has").to_dicts()
    )


def test_distinct_rows_of_all_sources_lie_with_their_people(company: Company, said: Row) -> None:
    assert said["exit"] == 0
    assert company.table("relation_has").columns == ["site", "block", "ordinal", "to_key", "paid", "tags"]
    expected = {
        ("us", "ana", '["1","a"]', Decimal("1.50"), ("x",)): 1,
        ("us", "ana", '["1","a"]', Decimal(2), ("-",)): 1,
        ("us", "ana", '["1","a"]', None, ("-",)): 1,
        ("us", "bob", '["1","a"]', None, ("-",)): 1,
        ("de", "ana", '["1","ñ"]', None, ("-",)): 1,
    }
    assert carts(company) == expected
    assert {person for _, person in company.ordinals()} == {"ana", "bob"}, "zoe is known from a relation alone"
    table = next(row for row in said["results"] if row.get("table") == "relation_has")
    assert (table["verdict"], table["rows"], table["ignored"]) == ("published", 5, 1)
    counts = {row["source"]: row for row in said["results"] if "source" in row}
    wanted = ("read", "outside", "quarantined", "accepted", "duplicates")
    assert [counts["carts"][name] for name in wanted] == [11, 0, 6, 5, 1]
    assert [counts["more"][name] for name in wanted] == [4, 1, 0, 3, 1]


@pytest.mark.usefixtures("said")
def test_relations_between_entities_are_sorted_by_where_they_start(company: Company) -> None:
    table = company.table("relation_sold_by")
    assert table.columns == ["site", "from_key", "to_key", "since"]
    assert sorted(table.select("site", "from_key", "to_key").rows()) == [
        ("de", '["1","ñ"]', "acme"),
        ("us", '["1","a"]', "acme"),
        ("us", '["1","a"]', "zeta"),
    ]


@pytest.mark.usefixtures("said")
def test_a_refused_row_says_why(company: Company) -> None:
    assert Counter(tuple(reasons) for reasons in company.quarantine("carts")["reasons"].to_list()) == Counter(
        {
            ("id: no person",): 1,
            ("shop: no key of item",): 1,
            ("land: a site that is not mapped",): 1,
            ("paid: outside the closed set of paid",): 1,
            ("paid: cannot be cast to decimal(6,2)",): 1,
            ("tags: cannot be cast to array<string>",): 1,
        }
    )
    assert Counter(tuple(reasons) for reasons in company.quarantine("sellers")["reasons"].to_list()) == Counter(
        {
            ("sku: no key of item",): 1,
            ("seller: no key of seller",): 1,
            ("since: cannot be cast to date",): 1,
        }
    )
    assert "id" not in company.quarantine("carts").columns, "without a key, persons are left out"


@pytest.mark.usefixtures("spark")
def test_what_is_appended_stays_and_a_newcomer_brings_the_rows_that_waited(tmp_path: Path) -> None:
    company = make(tmp_path)
    company.refresh()
    company.write("people.csv", "land,id\nU,ana\nU,bob\nU,zoe\nD,ana\n")
    company.write("more.csv", "who,shop,sku\nbob,2,b\n")
    company.write("sellers.csv", "land,shop,sku,seller,since\nU,1,a,zeta,\n")
    before = carts(company)
    assert company.refresh("--dry-run")["exit"] == 0
    assert carts(company) == before
    assert company.refresh("--site", "us")["exit"] == 0
    waited = ("us", "zoe", '["1","a"]', Decimal(2), ("-",))
    assert carts(company) == before + Counter([waited, ("us", "bob", '["2","b"]', None, ("-",))])
    assert sorted(company.table("relation_sold_by").select("site", "to_key").rows()) == [("de", "acme"), ("us", "zeta")]
