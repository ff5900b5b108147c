"""After a merge or a split the warehouse moves traits and events, and audiences change by who really came and went."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from jobs import build_audiences, identity_plan, refresh_warehouse, resolve_identities
from tests.files import write_files
from tests.identity.worlds import ENVIRONMENT, stored
from tests.published import published_members
from tests.spark.test_identity_days import keys, published

FILES = {
    "configs/sites.yml": "us: {zone: UTC, country: US}\n",
    "configs/environments/local.yml": ENVIRONMENT,
    "configs/identity.yml": (
        "identifiers:\n  account: {normalise: text, anchor: 1000, max_per_person: 3}\n"
        "  cookie: {normalise: text, anchor: 1, window: 30d}\n"
    ),
    "configs/sources/seen.yml": (
        "source: seen\nkind: signals\nread: {format: csv, path: '${data}/seen'}\nsite: us\nat: {column: at}\n"
        "identifiers: [{type: account, column: account}, {type: cookie, column: cookie}]\n"
    ),
    "configs/sources/people.yml": (
        "source: people\nkind: people\nread: {format: csv, path: '${data}/people.csv'}\nsite: us\n"
        "person: {column: id, identifier: account}\nlatest_by: since\n"
        "traits: {tier: {type: string}, since: {type: date}}\n"
    ),
    "configs/sources/visits.yml": (
        "source: visits\nkind: events\nevent: visit\nread: {format: csv, path: '${data}/visits.csv'}\nsite: us\n"
        "person: {column: cookie, identifier: cookie}\nat: {column: at}\nid: [visit]\nproperties: {}\n"
    ),
    "configs/audiences/a.yml": (
        "audience: gold\nsites: [us]\nrule: {trait: tier, is: gold}\n---\n"
        "audience: regulars\nsites: [us]\nrule: {event: visit, count: {gte: 2}}\n"
    ),
    "data/people.csv": "id,tier,since\na1,gold,2026-01-01\na2,silver,2026-01-02\na3,gold,2026-01-01\n",
    "data/visits.csv": "cookie,at,visit\nc1,2026-01-05,v1\nc2,2026-01-05,v2\nc3,2026-01-05,v3\nc3,2026-01-06,v4\n",
    "data/seen/1.csv": "account,cookie,at\na1,c1,2026-01-05\na2,c2,2026-01-05\na3,c3,2026-01-05\n",
}


__all__ = ["keys"]  # a fixture


@pytest.fixture
def company(tmp_path: Path) -> Path:
    write_files(tmp_path, FILES)
    return tmp_path


def night(company: Path, as_of: str) -> dict[str, str]:
    """Everything that runs in a night; returns whose each account and cookie is."""
    words = ["--configs", str(company / "configs"), "--as-of", as_of, "--quiet", "--json"]
    for job in (resolve_identities, refresh_warehouse, build_audiences):
        assert job.main(words) == 0
    rows = published(company / "lake")("identity_members").filter(pl.col("valid_to").is_null()).to_dicts()
    owners = {row["token"]: row["person_id"] for row in rows}
    names = [("account", f"a{n}") for n in (1, 2, 3)] + [("cookie", f"c{n}") for n in (1, 2, 3)]
    return {value[1]: owners[stored(value)[1]] for value in names if stored(value)[1] in owners}


def changes(company: Path, audience: str) -> tuple[int, int, int]:
    """Size, entered and left of the last run of an audience."""
    runs = pl.read_delta(str(company / "lake" / "audience_runs")).filter(pl.col("audience") == audience)
    row = runs.sort("run_id").row(-1, named=True)
    return row["size"], row["entered"], row["left"]


def members(company: Path, audience: str) -> list[str]:
    """The published members, in no one's order."""
    return sorted(published_members(company / "lake")["us", audience])


def warehouse(company: Path, table: str) -> pl.DataFrame:
    """A table of the warehouse as readers see it."""
    lake = company / "lake"
    pins = dict(pl.read_delta(str(lake / "warehouse_current")).select("table", "version").rows())
    return pl.read_delta(str(lake / table), version=pins[table])


def test_a_merge_and_a_split(company: Path) -> None:
    before = night(company, "2026-01-10")
    assert members(company, "gold") == sorted([before["a1"], before["a3"]])
    assert members(company, "regulars") == [before["c3"]]

    (company / "data/seen/2.csv").write_text("account,cookie,at\na2,c1,2026-01-10T12:00:00\n", encoding="utf-8")
    merged = night(company, "2026-01-11")
    one = merged["a1"]
    assert merged["a2"] == merged["c1"] == merged["c2"] == one
    assert one in (before["a1"], before["a2"])
    gone = ({before["a1"], before["a2"]} - {one}).pop()
    # The silver row is the later one, so that a1's gold is gone; two cookies' visits are one person's.
    assert members(company, "gold") == [merged["a3"]]
    assert members(company, "regulars") == sorted([one, merged["c3"]])
    assert changes(company, "gold") == (1, 0, 1)
    assert changes(company, "regulars") == (2, 1, 0)
    people, ordinals = warehouse(company, "people"), warehouse(company, "person_ordinals")
    assert people.filter("alive").height == 2
    retired = ordinals.filter(pl.col("person_id").is_null())
    assert retired.height == 1
    assert retired["retired_run"].null_count() == 0
    assert people.filter(~pl.col("alive"))["ordinal"].to_list() == retired["ordinal"].to_list()
    events = warehouse(company, "event_visit")
    mine = ordinals.filter(pl.col("person_id") == one)["ordinal"].item()
    assert events.filter(pl.col("ordinal") == mine)["event_id"].sort().to_list() == ["v1", "v2"]
    redirects = dict(published(company / "lake")("identity_redirects").rows())
    assert redirects[gone] == one

    (company / "data/seen/2.csv").unlink()
    parted = night(company, "2026-01-12")
    assert parted["a1"] == parted["c1"]
    assert parted["a2"] == parted["c2"]
    assert one in (parted["a1"], parted["a2"])
    assert gone not in parted.values()
    assert members(company, "gold") == sorted([parted["a1"], parted["a3"]])
    assert members(company, "regulars") == [parted["c3"]]
    assert warehouse(company, "person_ordinals").height == 4
    events = published(company / "lake")("identity_events").select("kind", "person_id", "other_person_id").rows()
    fresh = ({parted["a1"], parted["a2"]} - {one}).pop()
    assert ("merged_into", gone, one) in events
    assert ("split_from", fresh, one) in events


@pytest.mark.nightly
def test_a_plan_is_what_then_happens(company: Path, capsys: pytest.CaptureFixture[str]) -> None:
    night(company, "2026-01-10")
    (company / "data/seen/2.csv").write_text("account,cookie,at\na2,c1,2026-01-10T12:00:00\n", encoding="utf-8")
    night(company, "2026-01-11")
    files = {path: path.read_bytes() for path in company.rglob("*") if path.is_file() and "leases" not in path.parts}
    rules = company / "new.yml"
    text = (company / "configs/identity.yml").read_text("utf-8")
    rules.write_text(text.replace("max_per_person: 3", "max_per_person: 1"), encoding="utf-8")
    sizes = {audience: changes(company, audience)[0] for audience in ("gold", "regulars")}
    capsys.readouterr()
    words = ["--configs", str(company / "configs"), "--as-of", "2026-01-11", "--quiet", "--json"]
    assert identity_plan.main([*words, "--rules", str(rules)]) == 0
    rows = json.loads(capsys.readouterr().out)["results"]
    assert files.items() <= {path: path.read_bytes() for path in files}.items()
    plan = {row["measure"]: (row["before"], row["after"]) for row in rows if "measure" in row}
    assert plan["people"] == (2, 3)
    assert plan["ids kept"][1] == 2
    assert plan["split"][1] == 1
    assert plan["refused by identifiers.account.max_per_person"] == (0, 1)
    planned = {row["audience"]: (row["before"], row["after"]) for row in rows if "audience" in row}
    rules.replace(company / "configs/identity.yml")
    night(company, "2026-01-11")
    now = {audience: changes(company, audience)[0] for audience in sizes}
    assert planned == {
        audience: (sizes[audience], now[audience]) for audience in sizes if now[audience] != sizes[audience]
    }
    assert planned
