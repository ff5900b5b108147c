"""The flip: one commit says which versions belong together, and who has put each there."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from jobs.warehouse.flip import flip
from plateia.clock import AsOf
from plateia.lake import Lake
from plateia.tables import WAREHOUSE_CURRENT
from plateia.trace import Run

NOW = datetime(2024, 1, 1, tzinfo=UTC)


def _run(name: str) -> Run:
    return Run(name, "refresh-warehouse", AsOf(NOW), NOW)


def test_a_flip_moves_all_tables_in_one_commit(tmp_path: Path) -> None:
    lake = Lake.open(str(tmp_path / "lake"), create=True)
    flip(lake, _run("one"), {"people": 3, "event_order": 1, "event_gone": 5})
    assert lake.pins() == {"people": 3, "event_order": 1, "event_gone": 5}
    before = lake.version("warehouse_current")
    flip(lake, _run("two"), {"people": 4, "event_order": 1})
    assert before is not None
    assert lake.version("warehouse_current") == before + 1
    rows = {row["table"]: (row["version"], row["refresh_run"]) for row in lake.rows(WAREHOUSE_CURRENT).to_pylist()}
    assert rows == {"people": (4, "two"), "event_order": (1, "one")}


def test_a_flip_that_is_repeated_changes_nothing(tmp_path: Path) -> None:
    lake = Lake.open(str(tmp_path / "lake"), create=True)
    flip(lake, _run("one"), {"people": 3})
    version = lake.version("warehouse_current")
    flip(lake, _run("one"), {"people": 3})
    assert lake.version("warehouse_current") == version
