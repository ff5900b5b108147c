"""On the demo: a definition against the saved one, whose members are published."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jobs import diff
from tests.lakes import BuiltLake
from tests.published import published_members

MORE = """audience: cosmetics-fans
sites: [us]
rule:
  any:
    - {event: purchase, where: {department: COSMETICS}, window: {last: 365d}, count: {gte: 12}}
    - {audience: tasting-panel}
"""


def test_a_draft_against_what_is_saved(
    demo_lake: BuiltLake, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new, twelve = tmp_path / "new.yml", tmp_path / "twelve.yml"
    new.write_text(MORE, encoding="utf-8")
    twelve.write_text(MORE.replace("    - {audience: tasting-panel}\n", ""), encoding="utf-8")
    saved = demo_lake.configs / "audiences" / "us" / "cosmetics-fans.yml"
    published = published_members(demo_lake.lake)
    fans, panel = published["us", "cosmetics-fans"], published["us", "tasting-panel"]
    rows = []
    for file in (new, twelve):
        capsys.readouterr()
        words = [str(saved), str(file), "--site", "us", "--sample", "5000", "--json"]
        assert diff.main([*words, *demo_lake.options]) == 0
        rows += json.loads(capsys.readouterr().out)["results"]
    with_panel, often = ({group: set(ids) for group, ids in row["sample"].items()} for row in rows)
    assert often["stayed"] < fans
    assert (often["entered"], often["stayed"] | often["left"]) == (set(), fans)
    assert with_panel["entered"] == panel - fans
    assert with_panel["stayed"] == often["stayed"] | (panel & fans)
    assert with_panel["left"] == often["left"] - panel
