"""What a preview counts is what a build would publish; nothing is written, and mistakes are told like any other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from jobs import plan, preview
from tests.lakes import BuiltLake

Row = dict[str, Any]


def previewed(built: BuiltLake, file: Path, capsys: pytest.CaptureFixture[str], *, code: int = 0) -> Row:
    capsys.readouterr()
    assert preview.main([str(file), "--site", "us", "--json", *built.options]) == code
    said: Row = json.loads(capsys.readouterr().out)
    return said


def state(lake: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in lake.rglob("*")}


def test_saved_audiences_count_as_they_are_published(demo_lake: BuiltLake, capsys: pytest.CaptureFixture[str]) -> None:
    before = state(demo_lake.lake)
    current = pl.read_delta(demo_lake.uri("audience_current"))
    published = dict(zip(current["audience"], current["size"], strict=True))
    found: dict[str, int] = {}
    for file in sorted((demo_lake.configs / "audiences").rglob("*.yml")):
        for row in previewed(demo_lake, file, capsys)["results"]:
            assert row["published"] == row["size"] == row["nodes"]["size"]
            assert row["people"] == 2_469
            found[row["audience"]] = row["size"]
    # A preview counts what a document says, and says nothing of the parts of its split.
    saved = {key for key in published if not key.startswith("cosmetics-alikes") and "/" not in key}
    assert found == {key: published[key] for key in saved}
    assert state(demo_lake.lake) == before


DRAFT = """
audience: cosmetics-fans
sites: [us]
rule:
  any: [{audience: half}, {audience: other-half}]
exclude: [half]
---
audience: half
sites: [us]
rule: {none: [{trait: age, is: {missing: false}}]}
---
audience: other-half
sites: [us]
rule: {trait: age, is: {missing: false}}
"""


def test_a_draft_stands_in_for_what_is_saved(
    demo_lake: BuiltLake, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "draft.yml"
    file.write_text(DRAFT, encoding="utf-8")
    fans, half, other = previewed(demo_lake, file, capsys)["results"]
    assert (half["size"], other["size"]) == (2_469 - 801, 801), "801 households told their age"
    assert fans["size"] == other["size"]
    assert fans["published"] not in (None, fans["size"])
    assert [child["size"] for child in fans["nodes"]["children"]] == [2_469, half["size"]]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("audience: a-b-c\nsites: [us]\nrule: {trait: agee, is: x}\n", "Did you mean 'age'?", id="a slip"),
        pytest.param("audience: a-b-c\nsites: [us]\nrule: {audience: halv}\n", "audience 'halv'", id="a reference"),
        pytest.param(
            "audience: a-b-c\nsites: [us]\nrule: {audience: d-e-f}\n---\n"
            "audience: d-e-f\nsites: [us]\nrule: {audience: a-b-c}\n",
            "a-b-c",
            id="a circle",
        ),
        pytest.param("rule: [", "YAML", id="no YAML"),
        pytest.param("", "an empty file", id="nothing"),
        pytest.param(DRAFT + "---\n" + DRAFT.split("---")[1], "twice", id="a key twice"),
    ],
)
def test_what_is_wrong_with_a_draft_is_told(
    demo_lake: BuiltLake, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, says: str
) -> None:
    file = tmp_path / "draft.yml"
    file.write_text(text, encoding="utf-8")
    said = previewed(demo_lake, file, capsys, code=2)
    assert said["results"] == []
    assert says in json.dumps(said["errors"], ensure_ascii=False)
    assert {error["file"] for error in said["errors"]} == {str(file)}


def test_a_plan_says_what_is_read_and_what_it_cost(demo_lake: BuiltLake, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert plan.main(["cosmetics-fans", "--json", *demo_lake.options]) == 0
    (row,) = json.loads(capsys.readouterr().out)["results"]
    costs = pl.read_delta(demo_lake.uri("audience_runs")).filter(pl.col("run_id") == row["last_run"])
    mine = costs.filter(pl.col("audience") == "cosmetics-fans")["core_ms"].item()
    assert (row["core_ms"], row["cost_share"]) == (mine, pytest.approx(mine / costs["core_ms"].sum()))
    (leaf,) = row["leaves"]
    files = pl.read_delta(demo_lake.uri("event_purchase"))
    assert (leaf["table"], leaf["columns"]) == ("event_purchase", ["department"])
    assert (leaf["from"], leaf["until"]) == ("2017-01-01T05:00:00Z", "2018-01-01T05:00:00Z")
    assert (
        files.filter(pl.col("at") >= pl.datetime(2017, 1, 1, 5, time_zone="UTC")).height <= leaf["rows"] <= files.height
    )
    assert plan.main(["cosmetics-fanz", "--json", *demo_lake.options]) == 2
