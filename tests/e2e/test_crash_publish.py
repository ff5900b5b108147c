"""A publisher killed between any two steps: the old or the new is published, whole, and the next run cleans up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from plateia.lake import Lake, publish, recover, runs
from plateia.lake.publishing.crashpoints import POINTS, VARIABLE
from tests.e2e.crashing_publisher import AFTER, BEFORE, FAR, publish_second
from tests.unit.lake.building import a_run, duckdb_rows, published_sets, stage, verdict

OLD = {("us", "a"): {0, 1, FAR}, ("us", "b"): {2, FAR}, ("us", "c"): {3}, ("br", "a"): {9}}
NEW = {**OLD, ("us", "a"): {0, FAR + 1}, ("us", "d"): {5}}
IN_PUBLISHING = POINTS[: POINTS.index("receipt removed") + 1]
IN_RECOVERY = POINTS[POINTS.index("receipt removed") + 1 :]
PUBLISHED_FROM = IN_PUBLISHING.index("pointer")


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake.open(str(tmp_path / "lake"), create=True)
    first = a_run()
    staged = stage(lake, first, "us", BEFORE) + stage(lake, first, "br", {"a": {9}})
    verdicts = [verdict(site, key, "published", size=len(ordinals)) for (site, key), ordinals in OLD.items()]
    publish(lake, run=first, staged=staged, verdicts=verdicts)
    return lake


def crash(lake: Lake, point: str) -> None:
    """Publish in another process and have it killed at a point."""
    command = [sys.executable, "-m", "tests.e2e.crashing_publisher", lake.uri]
    ended = subprocess.run(command, env={**os.environ, VARIABLE: point}, capture_output=True, text=True, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr


def assert_tidy(lake: Lake) -> None:
    """No receipt, no lease, no file without a commit, no committed row that is not published history."""
    assert lake.store.listing("_receipts") == []
    assert duckdb_rows("SELECT run_id FROM {t}", t=lake.table_uri("leases")) == []
    published = {row["run_id"] for row in runs(lake) if row["verdict"] == "published"}
    for table in ("audience_members", "audience_changes"):
        committed = {file.path for file in lake.files(table)}
        on_disk = {str(path) for path in Path(lake.table_uri(table)).rglob("site=*/*/*")}
        assert on_disk == committed
        assert {row[0] for row in duckdb_rows("SELECT DISTINCT run_id FROM {t}", t=lake.table_uri(table))} <= published


def history(lake: Lake) -> list[tuple[object, ...]]:
    query = "SELECT run_id, site, audience, verdict FROM {t} ORDER BY ALL"
    return duckdb_rows(query, t=lake.table_uri("audience_runs"))


@pytest.mark.parametrize("point", IN_PUBLISHING)
def test_killed_while_publishing(lake: Lake, point: str) -> None:
    happened = IN_PUBLISHING.index(point) >= PUBLISHED_FROM
    crash(lake, point)
    assert published_sets(lake) == (NEW if happened else OLD)

    recover(lake)
    assert published_sets(lake) == (NEW if happened else OLD)
    assert_tidy(lake)
    recorded = sorted(str(word) for *_, word in history(lake))
    assert recorded == sorted(["published"] * 4 + ["published", "published", "unchanged", "held"] * happened)

    publish_second(lake)
    assert published_sets(lake) == NEW
    assert_tidy(lake)


@pytest.mark.parametrize("again", IN_RECOVERY)
@pytest.mark.parametrize("point", ["changes", "pointer"])
def test_killed_while_cleaning_up_after_the_killed(lake: Lake, point: str, again: str) -> None:
    crash(lake, point)
    if (point, again) != ("pointer", "uncommitted"):  # what is published is never uncommitted
        crash(lake, again)
    assert published_sets(lake) == (NEW if point == "pointer" else OLD)
    publish_second(lake)
    assert published_sets(lake) == NEW
    assert_tidy(lake)


def test_the_successor_of_a_killed_run_needs_no_one_to_clean_up(lake: Lake) -> None:
    crash(lake, "members")
    publish_second(lake)
    assert published_sets(lake) == NEW
    assert_tidy(lake)


def test_after_is_what_the_publisher_says() -> None:
    assert {key: set(AFTER[key]) for key in ("a", "d")} == {"a": NEW["us", "a"], "d": NEW["us", "d"]}
