"""What every phase stands on: a lake, the compiled audiences of a mix, and the block tasks. Nothing here is timed."""

from __future__ import annotations

import shutil
from argparse import Namespace
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path

from benchmarks.company.configs import configs_at
from benchmarks.company.lake import lake_at
from benchmarks.company.rules import Mix, Rule
from benchmarks.company.shape import AS_OF, Shape
from jobs.building import Build
from jobs.options import Context
from plateia.clock import AsOf
from plateia.lake import BlockReader
from plateia.lake.lake import Lake
from plateia.tables import CONTROL_TABLES, WAREHOUSE_CURRENT
from plateia.trace import new_run
from plateia.workspace import Workspace, load_workspace

FOLDER = Path(".plateia/bench")


@dataclass(frozen=True)
class Stage:
    """A mix of audiences on a marketplace."""

    shape: Shape
    mix: Mix

    @property
    def folder(self) -> Path:
        return FOLDER.absolute() / self.shape.name

    @cached_property
    def lake(self) -> Lake:
        return lake_at(self.folder, self.shape)

    @cached_property
    def configs(self) -> Path:
        return configs_at(self.folder, self.shape, self.mix)

    @cached_property
    def rules(self) -> list[Rule]:
        return self.mix.rules()

    @cached_property
    def workspace(self) -> Workspace:
        workspace = load_workspace(self.configs)
        workspace.require_sound("audiences")
        return workspace

    def forget_published(self) -> None:
        """Take away what runs have left on the lake; what a refresh would have left stays."""
        for name in ("_receipts", *(table.name for table in CONTROL_TABLES if table != WAREHOUSE_CURRENT)):
            shutil.rmtree(Path(self.lake.uri, name), ignore_errors=True)

    def build(self, *, days_later: int = 0) -> Build:
        """A run over all audiences, so many days after the data ends."""
        run = new_run("build-audiences", AsOf(AS_OF + timedelta(days=days_later)))
        args = Namespace(site=None, dry_run=False)
        _ = self.lake
        context = Context(args, run.command, self.workspace, run)
        return Build(context, frozenset(self.workspace.audiences), tuple(sorted(self.workspace.sites)))


def reader_of(build: Build, index: int) -> BlockReader:
    """The reader of one of the run's blocks."""
    task = build.tasks[index]
    return BlockReader(build.inputs[task.site], task)
