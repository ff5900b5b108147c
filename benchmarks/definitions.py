"""180,000 audience definitions: read, checked and compiled for nine sites; cold, warm, and with one file edited.

Every figure is of a process of its own, but the re-load after an edit, which is of a process that goes on. Plans and
definition hashes of all ways are compared before any time is printed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks.definition_files import DefinitionFiles, edited
from benchmarks.measuring import Row, measured, versions, write_results
from plateia.workspace import Workspace, load_workspace
from transforms.audience.compile import compile_site
from transforms.audience.plan import SitePlan

_AS_OF = datetime(2026, 3, 1, 12, tzinfo=UTC)
_DRIVER_MB = 2_048


def main(argv: Sequence[str] | None = None) -> int:
    """Write the configuration, measure, compare, and write ``results/definitions.json``."""
    parser = argparse.ArgumentParser(prog="dev.py bench definitions", description=__doc__)
    parser.add_argument("--audiences", type=int, default=180_000)
    parser.add_argument("--a-file", type=int, nargs="+", default=[20], help="audiences a file, one run each (20)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--repeat", type=int, default=3, help="runs a median is of (3)")
    parser.add_argument("--way", choices=("load", "reload"), help=argparse.SUPPRESS)
    parser.add_argument("--configs", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.way:
        found = _load(args.configs) if args.way == "load" else _reload(args.configs, args.repeat)
        sys.stdout.write(json.dumps(found) + "\n")
        return 0
    rows: list[Row] = []
    for a_file in args.a_file:
        with tempfile.TemporaryDirectory() as root:
            configs = DefinitionFiles(args.audiences, args.seed, a_file).write(Path(root))
            rows += _rows(f"{args.audiences:,} audiences, {a_file} a file", configs, args.repeat)
    for row in rows:
        sys.stdout.write(f"{row.what}: {row.wall_s:.2f} s, {row.core_s:.2f} core-s, {row.rss_mb:,.0f} MB")
        sys.stdout.write(f"; bar {row.bar}: {'met' if row.met else 'missed'}\n" if row.bar else "\n")
    path = write_results("definitions", seed=args.seed, rows=rows, versions=versions("plateia", "PyYAML", "pydantic"))
    sys.stdout.write(f"{path}\n")
    return 0


def _rows(what: str, configs: Path, repeat: int) -> list[Row]:
    """Measure every way of one configuration; raises where two ways do not agree."""
    cache = configs.parent / ".plateia"
    cold = [_run("load", configs)]
    warm = [_run("load", configs) for _ in range(repeat)]
    _same(*cold, *warm)
    _edit(configs)
    fresh = _run("load", configs)
    shutil.rmtree(cache)
    cold.append(_run("load", configs))
    _same(fresh, cold[-1])
    again = _run("reload", configs, repeat)
    _same(again, _run("load", configs))
    return [
        _row(f"{what}: cold", cold, "total", "wall ≤ 120 s, memory ≤ 2 GB", 120),
        *(_row(f"{what}: cold, {part}", cold, part) for part in ("load", "compile")),
        _row(f"{what}: warm", warm, "total", "wall ≤ 15 s, memory ≤ 2 GB", 15),
        *(_row(f"{what}: warm, {part}", warm, part) for part in ("load", "compile")),
        _row(f"{what}: one edited file, the same process", [again], "total", "wall ≤ 1 s", 1),
        _row(f"{what}: one edited file, a fresh process and all plans", [fresh], "total", "wall ≤ 1 s", 1),
    ]


def _row(what: str, runs: Sequence[dict[str, Any]], part: str, bar: str | None = None, most_s: float = 0) -> Row:
    wall_s, core_s, rss_mb = (median(run[part][i] for run in runs) for i in range(3))
    return Row(what, wall_s, core_s, rss_mb, bar, (wall_s <= most_s and rss_mb <= _DRIVER_MB) if bar else None)


def _run(way: str, configs: Path, repeat: int = 1) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.definitions", "--way", way, "--configs", str(configs)]
    done = subprocess.run([*command, "--repeat", str(repeat)], stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _same(*runs: dict[str, Any]) -> None:
    if len({run["hash"] for run in runs}) != 1:
        raise SystemExit("the ways do not give the same plans")


def _edit(configs: Path) -> None:
    """Change one file in the middle of the largest site."""
    files = sorted((configs / "audiences" / "mlb").rglob("*.yml"))
    file = files[len(files) // 2]
    file.write_text(edited(file.read_text("utf-8")), "utf-8")


def _load(configs: Path) -> dict[str, Any]:
    """One load and every plan, in this process."""
    workspace, *load = measured(lambda: load_workspace(configs))
    plans, *compiling = measured(lambda: [_plan(workspace, site, workspace.audiences) for site in workspace.sites])
    total = [load[0] + compiling[0], load[1] + compiling[1], max(load[2], compiling[2])]
    return {"load": load, "compile": compiling, "total": total, "hash": _hash(workspace, plans)}


def _reload(configs: Path, repeat: int) -> dict[str, Any]:
    """Load, then, so many times, edit a file and load again, with the plans of what was edited."""
    workspace = load_workspace(configs)
    runs = []
    for _ in range(repeat):
        _edit(configs)
        workspace, *again = measured(partial(_affected, workspace, configs))
        runs.append(again)
    total = [median(run[i] for run in runs) for i in range(3)]
    return {
        "total": total,
        "hash": _hash(workspace, [_plan(workspace, site, workspace.audiences) for site in workspace.sites]),
    }


def _affected(before: Workspace, configs: Path) -> Workspace:
    workspace = load_workspace(configs)
    old = before.audiences
    changed = [key for key, audience in workspace.audiences.items() if audience != old.get(key)]
    for site in sorted({site for key in changed for site in workspace.audiences[key].sites}):
        _plan(workspace, site, changed)
    return workspace


def _plan(workspace: Workspace, site: str, built: Any) -> SitePlan:
    zone = ZoneInfo(workspace.sites[site].zone)
    return compile_site(workspace.audiences, site=site, zone=zone, as_of=_AS_OF, built=built, published=())


def _hash(workspace: Workspace, plans: Sequence[SitePlan]) -> str:
    digest = hashlib.sha256()
    for key, audience in sorted(workspace.audiences.items()):
        digest.update(f"{key} {audience.definition_hash} {audience.where}".encode())
    for found in (*workspace.problems, *workspace.warnings):
        digest.update(str(found).encode())
    for plan in plans:
        named = (plan.site, plan.keys, plan.outputs, plan.leaves, plan.leaf_counts, plan.references, plan.failed)
        digest.update(repr(named).encode())
        for numbers in (plan.ops, plan.counts, plan.starts, plan.arguments):
            digest.update(numbers.tobytes())
    return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
