"""The one commit that makes readers see what a refresh has staged."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from plateia import clock
from plateia.lake import Lake
from plateia.tables import WAREHOUSE_CURRENT
from plateia.trace import Run


def flip(lake: Lake, run: Run, versions: Mapping[str, int]) -> None:
    """Pin the versions that belong together; tables that are not named any more are not part of the warehouse."""
    before = {row["table"]: row for row in lake.rows(WAREHOUSE_CURRENT).to_pylist()}
    at = clock.now()
    rows = [
        before[table]
        if table in before and before[table]["version"] == version
        else {"table": table, "version": version, "refresh_run": run.run_id, "at": at}
        for table, version in sorted(versions.items())
    ]
    lake.replace(WAREHOUSE_CURRENT, pa.Table.from_pylist(rows, schema=WAREHOUSE_CURRENT.schema), app=run.run_id)
