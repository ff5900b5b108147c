"""The whole job killed between staging and publishing: what was published stays, and the next run cleans up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from jobs import build_audiences, init, refresh_warehouse
from plateia.lake.publishing.crashpoints import VARIABLE
from tests.lakes import REPOSITORY
from tests.published import published_members

NEW_YEAR, MARCH = "2026-01-01", "2026-03-15"  # in March nobody has bought a book for a while
BOOKS = ("us", "recent-book-buyers")


def options(mine: Path, as_of: str) -> list[str]:
    return ["--configs", str(mine / "configs"), "--as-of", as_of, "--accept-change", "gold-gone-quiet"]


@pytest.mark.usefixtures("spark")
def test_a_killed_build_leaves_what_was_published(tmp_path: Path) -> None:
    mine, lake = tmp_path / "mine", tmp_path / "mine" / ".plateia" / "lake"
    assert init.main([str(mine)]) == 0
    assert refresh_warehouse.main(options(mine, NEW_YEAR)[:4]) == 0
    assert build_audiences.main(options(mine, NEW_YEAR)) == 0
    before = published_members(lake)
    assert before[BOOKS] == {"1001", "1002"}

    command = [sys.executable, "-m", "jobs.build_audiences", *options(mine, MARCH)]
    killed = subprocess.run(
        command, cwd=REPOSITORY, env={**os.environ, VARIABLE: "changes"}, capture_output=True, text=True, check=False
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr[-2_000:]
    staged = set(pl.read_delta(str(lake / "audience_changes"))["run_id"])
    assert len(staged) == 2, "the killed run had staged what it computed"
    assert published_members(lake) == before

    assert build_audiences.main(options(mine, MARCH)) == 0
    assert published_members(lake)[BOOKS] == frozenset()
    recorded = set(pl.read_delta(str(lake / "audience_runs"))["run_id"])
    assert set(pl.read_delta(str(lake / "audience_changes"))["run_id"]) == recorded, "nothing of the killed run is left"
    assert not list((lake / "_receipts").glob("*"))
