"""What audiences read and what they have cost: files of pinned tables, and the history of runs."""

from __future__ import annotations

from jobs.building import Build
from jobs.options import Context
from plateia.clock import instant_of
from plateia.lake.blocks.reader import overlaps
from plateia.lake.published import runs
from plateia.records import DataFile
from transforms.audience.usage import LeafUse, Reading


def leaf_rows(build: Build, site: str, use: LeafUse) -> list[dict[str, object]]:
    """What a leaf reads on a site: one row a table, with the files that hold it."""
    return [{"leaf": use.text, "shared_with": use.shared_with, **_read(build, site, each)} for each in use.readings]


def _read(build: Build, site: str, reading: Reading) -> dict[str, object]:
    """The files of a reading, whole: of their columns and row groups only those that are needed are read."""
    found = _files(build, site, reading.table)
    files = [file for file in found if reading.end is None or overlaps(file, reading.start, reading.end)]
    return {
        "table": reading.table,
        "columns": list(reading.columns),
        "from": None if reading.start is None else instant_of(reading.start),
        "until": None if reading.end is None else instant_of(reading.end),
        "files": len(files),
        "rows": sum(file.rows for file in files),
        "bytes": sum(file.bytes for file in files),
    }


def _files(build: Build, site: str, table: str) -> list[DataFile]:
    """The files of a table that the workers of a site may read, each once."""
    kind, _, name = table.partition("_")
    if kind == "relation" and name in build.inputs[site].entities:
        return list(build.inputs[site].entities[name])
    found: list[DataFile] = []
    for task in (task for task in build.tasks if task.site == site):
        whole = {
            "people": task.people,
            "audience_members": task.members,
            "audience_changes": task.changes,
            "consents": task.consents,
            "scores": task.scores,
        }
        of_kind = task.relations if kind == "relation" else task.events
        found += whole.get(table) or of_kind.get(name, ())
    return found


def last_cost(context: Context, site: str, key: str) -> dict[str, object]:
    """What the audience cost in the last run that computed it, and its share of that run on the site (0 to 1)."""
    last = runs(context.lake, sites=[site], audiences=[key], limit=1)
    run_id, spent = (last[0]["run_id"], last[0]["core_ms"]) if last else (None, None)
    if not isinstance(run_id, str) or not isinstance(spent, float):
        return {"last_run": run_id, "core_ms": None, "cost_share": None}
    costs = [row["core_ms"] for row in runs(context.lake, sites=[site], run_id=run_id)]
    total = sum(cost for cost in costs if isinstance(cost, float))
    return {"last_run": run_id, "core_ms": spent, "cost_share": spent / total if total else None}
