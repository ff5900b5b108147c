"""What every benchmark needs: the machine, the versions, and the wall time, core-seconds and memory of some work."""

from __future__ import annotations

import json
import os
import platform
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple, TypeVar

RESULTS = Path(__file__).resolve().parent / "results"

_SAMPLES_A_SECOND = 20
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
_PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 2**20

Result = TypeVar("Result")


class Row(NamedTuple):
    """One line of a benchmark's results; ``bar`` is the figure that was asked for, and ``met`` whether it holds."""

    what: str
    wall_s: float
    core_s: float
    rss_mb: float
    bar: str | None = None
    met: bool | None = None


def machine() -> dict[str, object]:
    """Cores, memory (GB), processor, system and load (of the last quarter of an hour) of this machine."""
    memory_gb = os.sysconf("SC_PHYS_PAGES") * _PAGE_MB / 1024
    return {
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(memory_gb, 1),
        "processor": _processor(),
        "system": f"{platform.system()} {platform.release()}",
        "load": round(os.getloadavg()[2], 1),
    }


def versions(*distributions: str) -> dict[str, str]:
    """The version of Python and of each named distribution."""
    return {"python": platform.python_version(), **{name: version(name) for name in distributions}}


def measured(work: Callable[[], Result]) -> tuple[Result, float, float, float]:
    """Do the work; returns its result, wall seconds, core-seconds, and peak resident memory in MB.

    Core-seconds are user and system time of this process and all below it, running or ended (the JVM and its workers,
    too). Memory is the largest sum over the same processes at any of 20 looks a second; what forks share counts twice.
    """
    peak = _Peak()
    peak.start()
    cores, started = core_seconds(), time.perf_counter()
    try:
        result = work()
        wall_s, core_s = time.perf_counter() - started, core_seconds() - cores
    finally:
        peak.stop()
    return result, wall_s, core_s, peak.rss_mb


def core_seconds() -> float:
    """User and system time so far of this process and of all below it; the ended ones count in who waited for them."""
    return sum(sum(map(int, fields[11:15])) for fields in _tree()) / _TICKS_A_SECOND


def resident_mb() -> float:
    """Resident memory of this process and of all below it, now."""
    return sum(int(fields[21]) for fields in _tree()) * _PAGE_MB


def write_results(
    name: str,
    *,
    seed: int,
    rows: Iterable[Row],
    versions: Mapping[str, str],
    facts: Mapping[str, object] | None = None,
    folder: Path = RESULTS,
) -> Path:
    """Write ``results/NAME.json`` for ``docs/benchmarks.md``; returns where.

    Args:
        facts: What else was found.
        folder: In place of the results of the page: of a size that is not the page's.
    """
    result = {
        "benchmark": name,
        "machine": machine(),
        "versions": dict(versions),
        "seed": seed,
        "rows": [{**row._asdict(), **_rounded(row)} for row in rows],
        **({"facts": dict(facts)} if facts else {}),
    }
    folder.mkdir(exist_ok=True, parents=True)
    path = folder / f"{name}.json"
    path.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return path


def _rounded(row: Row) -> dict[str, float]:
    return {"wall_s": round(row.wall_s, 3), "core_s": round(row.core_s, 3), "rss_mb": round(row.rss_mb, 1)}


class _Peak(threading.Thread):
    """Looks at the memory of this process and all below it until it is stopped."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.rss_mb = resident_mb()
        self._done = threading.Event()

    def run(self) -> None:
        while not self._done.wait(1 / _SAMPLES_A_SECOND):
            self.rss_mb = max(self.rss_mb, resident_mb())

    def stop(self) -> None:
        self._done.set()
        self.join()
        self.rss_mb = max(self.rss_mb, resident_mb())


def _tree() -> list[list[str]]:
    """The fields of ``/proc/PID/stat`` after the name, of this process and of all below it."""
    parents: dict[int, list[int]] = {}
    found: dict[int, list[str]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
            except OSError:  # it has ended meanwhile
                continue
            found[int(entry.name)] = fields
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    tree = [os.getpid()]
    for process in tree:
        tree += parents.get(process, [])
    return [found[process] for process in tree if process in found]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
