"""Engines in turn on one graph: an answer that differs ends the contest before a time is told."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.graphs.engines.engine import Settings
from benchmarks.graphs.engines.every import CLUSTERED, ENGINES
from benchmarks.graphs.engines.running import TOO_LATE
from benchmarks.graphs.files import Graph
from benchmarks.phases.timing import Cost, median_of
from plateia.trace import log


@dataclass
class Runs:
    """What an engine's runs cost.

    Attributes:
        failure: Why there are no more of them; None: nothing was wrong.
        is_late: Whether that is because one took longer than the limit.
    """

    costs: list[Cost] = field(default_factory=list)
    driver_mb: list[float] = field(default_factory=list)
    failure: str | None = None
    is_late: bool = False

    @property
    def cost(self) -> Cost | None:
        """The median of each figure; None where a run did not come to its end."""
        return None if self.failure else median_of(self.costs)

    @property
    def spread(self) -> str:
        """The least, the median and the most of wall seconds."""
        if self.failure:
            return self.failure
        walls = [cost.wall_s for cost in self.costs]
        return f"{min(walls):.1f}, {median(walls):.1f}, {max(walls):.1f} s in {len(walls)} runs"


@dataclass(frozen=True)
class Contest:
    """Engines on a graph.

    Attributes:
        warm: A small graph, which each process solves before it is measured.
        limit_s: The most seconds of a run; who takes more is not asked again.
    """

    graph: Graph
    warm: Graph
    settings: Settings
    limit_s: float

    def turns(self, names: Sequence[str], *, runs: int) -> dict[str, Runs]:
        """Let each engine run so many times, another first each time.

        Raises:
            SystemExit: One answers otherwise than SciPy.
        """
        found = {name: Runs() for name in names}
        for number in range(runs):
            start = number % len(names)
            for name in (*names[start:], *names[:start]):
                if found[name].failure is None:
                    self._run(name, found[name])
        return found

    def _run(self, name: str, runs: Runs) -> None:
        out = self.graph.folder.parent / "contest"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        with _process(self._command(name, out), scratch=out) as process:
            told, _ = process.communicate()
        who = {**ENGINES, **CLUSTERED}[name].name
        if process.returncode == 0:
            said = json.loads(told.splitlines()[-1])
            self.graph.require_equal(out / "labels", who=who)
            runs.driver_mb.append(said.pop("driver_mb"))
            runs.costs.append(Cost(**said))
            outcome = f"{runs.costs[-1].wall_s:.1f} s, {runs.costs[-1].core_s:.1f} core-s"
        else:
            runs.is_late = process.returncode == TOO_LATE
            late, failed = f"more than {self.limit_s:,.0f} s", f"failed with exit {process.returncode}"
            runs.failure = late if runs.is_late else failed
            outcome = runs.failure
        log("bench").info("%s on %s: %s", who, self.graph.name, outcome)
        shutil.rmtree(out, ignore_errors=True)

    def _command(self, name: str, out: Path) -> list[str]:
        options = {
            "--warm": self.warm.folder,
            "--graph": self.graph.folder,
            "--out": out,
            "--finish-edges": self.settings.finish_edges,
            "--memory": self.settings.memory,
            "--limit": self.limit_s,
        }
        words = [str(word) for option in options.items() for word in option]
        return [sys.executable, "-m", "benchmarks.graphs.engines.running", name, *words]


@contextmanager
def _process(command: Sequence[str], *, scratch: Path) -> Iterator[subprocess.Popen[str]]:
    """A process in a group of its own that spills below a folder; nothing that it has started outlives the block."""
    places = {"SPARK_LOCAL_DIRS": str(scratch), "TMPDIR": str(scratch)}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, start_new_session=True, env={**os.environ, **places}
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
