"""What is out of its bands, or only tried, is not published: readers see what they saw."""

from __future__ import annotations

import json
from pathlib import Path
from unittest.mock import ANY

import polars as pl
import pytest

from jobs import resolve_identities
from tests.spark.test_identity_days import TABLES, keys, published
from tests.spark.test_identity_downstream import company

__all__ = ["company", "keys"]  # fixtures


def resolve(company: Path, as_of: str, capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, object]:
    capsys.readouterr()
    resolve_identities.main(["--configs", str(company / "configs"), "--as-of", as_of, "--quiet", "--json", *more])
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def tables(company: Path) -> list[Path]:
    """Every file but those of leases, which a dry run holds, too."""
    return sorted(path for path in company.rglob("*") if "leases" not in path.parts)


def test_what_is_tried_or_out_of_its_band_leaves_what_was(company: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules = company / "configs" / "identity.yml"
    rules.write_text(rules.read_text("utf-8") + "health: {largest_person: {max: 2}, churn: {max: 10%}}\n", "utf-8")
    (company / "data/seen/0.csv").write_text("account,cookie,at\nnull,anonymous,2026-01-05\n", encoding="utf-8")
    files = tables(company)
    tried = resolve(company, "2026-01-10", capsys, "--dry-run")
    results = tried["results"]
    assert isinstance(results, list)
    invalid = {row["source"]: row["invalid"] for row in results if "source" in row}
    assert invalid == {"seen": 2, "people": 0, "visits": 0}
    assert tables(company) == files
    assert resolve(company, "2026-01-10", capsys) == {**tried, "run_id": ANY}
    assert tried["exit"] == 0

    (company / "data/seen/2.csv").write_text("account,cookie,at\na2,c1,2026-01-10T12:00:00\n", encoding="utf-8")
    lake, files = company / "lake", tables(company)
    before = {table: published(lake)(table).rows() for table in TABLES}
    tried = resolve(company, "2026-01-11", capsys, "--dry-run")
    assert tables(company) == files
    held = resolve(company, "2026-01-11", capsys)
    assert held == {**tried, "run_id": ANY}
    assert held["exit"] == 3
    errors = held["errors"]
    assert isinstance(errors, list)
    assert [(error["path"], error["got"]) for error in errors] == [
        ("health.largest_person", "4"),
        ("health.churn", "33.333%"),
    ]
    for table in TABLES:
        assert published(lake)(table).rows() == before[table]
        assert pl.read_delta(str(lake / table)).sort(pl.all()).equals(published(lake)(table).sort(pl.all())), table
