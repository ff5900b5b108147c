"""What a table does not hold any more is on no disk once it is shredded, however long ago it went."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pyarrow as pa

from plateia.lake import Lake
from plateia.tables import IDENTITY_VAULT_KEYS as KEYS

_CHECKPOINT = 100  # commits: from then on delta-rs forgets files that were removed more than a week before


def key_of(day: int) -> bytes:
    return b"the key of day %d" % day


def write(lake: Lake, day: int) -> None:
    rows = pa.table({"person_id": ["ana"], "key": [key_of(day)]}, schema=KEYS.schema)
    lake.replace(KEYS, rows, app=f"run {day}")


def test_files_that_the_log_has_forgotten(lake: Lake) -> None:
    days, home = _CHECKPOINT + 5, Path(lake.uri) / KEYS.name
    for day in range(days - 10):
        write(lake, day)
    removed_long_ago(home)
    for day in range(days - 10, days):
        write(lake, day)
    assert list(home.glob("_delta_log/*.checkpoint.parquet"))
    (home / "part-of-a-run-that-was-killed.parquet").write_bytes(key_of(days))
    lake.shred(KEYS.name)
    (left,) = home.glob("*.parquet")
    assert lake.rows(KEYS).to_pylist() == [{"person_id": "ana", "key": key_of(days - 1)}]
    assert key_of(days - 1) in left.read_bytes()


def removed_long_ago(home: Path) -> None:
    then_ms = int((time.time() - 10 * 86_400) * 1000)
    for log in home.glob("_delta_log/*.json"):
        actions = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
        for action in actions:
            if "remove" in action:
                action["remove"]["deletionTimestamp"] = then_ms
        log.write_text("\n".join(map(json.dumps, actions)) + "\n", "utf-8")
