"""25 cases of what marketing people ask for, through the commands, against members that were written down by hand."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from pyroaring import BitMap

from jobs import build_audiences, refresh_warehouse
from plateia.config import load_documents
from plateia.lake import Lake
from plateia.lake.matrices import ScoreFiles, point_scores
from plateia.tables import SCORES
from tests.published import published_members
from transforms.audience.roaring import encode

CASES = Path(__file__).parents[1] / "golden" / "acceptance"
NINE_O_CLOCK = "2026-03-10T12:00:00Z"
SITES = ("mla", "mlb", "mlc", "mlm", "mco", "mlu", "mpe", "mec", "mlv")
pytestmark = pytest.mark.usefixtures("spark")


def run(job: Callable[[list[str]], int], root: Path, *argv: str, as_of: str = NINE_O_CLOCK) -> None:
    options = ["--configs", str(root / "configs"), "--lake", str(root / "lake"), "--as-of", as_of, "--quiet"]
    assert job([*argv, *options]) == 0


def publish_scores(root: Path) -> None:
    """30 people of case 21, of whom number n scores n / 100; the best tenth are three."""
    lake = Lake.open(str(root / "lake"))
    rows = pl.read_delta(str(root / "lake" / "person_ordinals")).filter(pl.col("site") == "mla").iter_rows(named=True)
    ordinals = {row["person_id"]: row["ordinal"] for row in rows}
    scores = {ordinals[f"21-{n:02}"]: n / 100 for n in range(1, 31)}
    ranked = sorted(scores, key=lambda ordinal: -scores[ordinal])
    deciles = np.full(max(ordinals.values()) + 1, 255, np.uint8)
    deciles[ranked] = np.arange(30) // 3 + 1
    kept = sorted(ranked[:3])
    words = np.zeros(-(-len(deciles) // 64), np.uint64)
    for ordinal in kept:
        words[ordinal // 64] |= np.uint64(1 << ordinal % 64)
    bitmap = encode(words, 0)
    assert list(BitMap.deserialize(bitmap)) == kept
    values = np.array([scores[ordinal] for ordinal in kept], np.float32)
    files = ScoreFiles(lake.uri, "mla", "20260310T000000Z-abcdef", datetime(2026, 3, 10, tzinfo=UTC))
    names = ("brand-affinity", "likely-to-buy")
    staged = [files.write(0, name, deciles=deciles, kept=bitmap, values=values) for name in names]
    lake.commit_files(SCORES, staged, run_id=files.run_id)
    point_scores(lake, [("mla", name) for name in names], run_id=files.run_id)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("acceptance") / "cases"
    shutil.copytree(CASES, root)
    run(refresh_warehouse.main, root)
    publish_scores(root)
    run(build_audiences.main, root)
    return root


@pytest.fixture
def own(built: Path, tmp_path: Path) -> Path:
    """A copy to build in again: tests run in any order, and the others read what the first build published."""
    return shutil.copytree(built, tmp_path / "cases")


def test_every_case_has_the_members_written_down_for_it(built: Path) -> None:
    found = published_members(built / "lake")
    (document,), problems = load_documents(CASES / "expected.yml", "expected.yml")
    assert problems == []
    for key, expected in document.value.items():
        sites = SITES if key == "25-yesterday" else ("mla",)
        assert {site: set(found[site, key]) for site in sites} == {key_0: set(expected) for key_0 in sites}, key
    numbers = {key[:2] for _, key in found}
    assert numbers == {f"{n:02}" for n in range(1, 26)}
    assert found["mla", "17-brand-fans"] == {"21-30"}, "half of three is two, and one may stay"
    assert found["mla", "18-likely-to-buy"] == {f"21-{n}" for n in range(25, 31)}


def test_parts_share_out_the_whole_and_stay_when_the_rule_is_edited(own: Path) -> None:
    before = parts(own)
    assert before[""] == {f"21-{n}" for n in range(10, 31)}
    assert sum(len(before[name]) for name in ("a", "b", "control")) == 21
    assert before["a"] | before["b"] | before["control"] == before[""]
    file = own / "configs" / "audiences" / "21-split.yml"
    file.write_text(file.read_text("utf-8").replace("{gte: 10}", "{gte: 5}"), encoding="utf-8")
    run(build_audiences.main, own, "--only", "21-split")
    after = parts(own)
    assert len(after[""]) == 26
    for name in ("a", "b", "control"):
        assert after[name] & before[""] == before[name]


def test_three_hours_and_a_second_later_nobody_has_just_bought(own: Path) -> None:
    run(build_audiences.main, own, "--only", "09-red-shoes", as_of="2026-03-10T12:00:01Z")
    assert published_members(own / "lake")["mla", "09-red-shoes"] == set()


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        pytest.param("2026-02-21", set(), id="28 February is the eighth day"),
        pytest.param("2026-02-22", {"19-leap-day"}, id="it falls on 28 February"),
        pytest.param("2026-03-01", set(), id="and not on 1 March"),
        pytest.param("2028-02-22", set(), id="in a leap year not on the 28th"),
        pytest.param("2028-02-23", {"19-leap-day"}, id="but on its own day"),
    ],
)
def test_a_birthday_on_29_february(own: Path, day: str, expected: set[str]) -> None:
    run(build_audiences.main, own, "--only", "19-birthday", as_of=f"{day}T12:00:00Z")
    assert published_members(own / "lake")["mla", "19-birthday"] == expected


def parts(root: Path) -> dict[str, frozenset[str]]:
    """Part of the split → its people; under the empty name the whole."""
    found = published_members(root / "lake")
    return {key.partition("/")[2]: found[site, key] for site, key in found if key.startswith("21-split")}
