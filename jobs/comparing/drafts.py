"""The members that audiences of two files would have, on the same people and events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from jobs.building import Build, Chosen, closure
from jobs.options import Context
from plateia.errors import UsageError
from plateia.lake import BlockReader
from plateia.workspace.draft import with_draft
from transforms.audience.difference import Ordinals, members_of_block


@dataclass(frozen=True)
class Draft:
    """The one audience of a file, in the configuration that it would be part of."""

    context: Context
    key: str

    def build(self, site: str, pinned: Mapping[str, int] | None = None) -> Build:
        """What computes it on a site, on the warehouse's versions ``pinned``, or on the newest."""
        return Build(self.context, closure(self.context.workspace.audiences, [self.key]), (site,), pinned=pinned)


def draft(context: Context, file: str, site: str) -> Draft:
    """Read a file.

    Raises:
        ConfigError: It cannot be read, or its audience is not sound.
        UsageError: It holds more than one audience, or one that does not run on the site.
    """
    workspace, keys = with_draft(context.workspace, Path(file), Path(context.args.configs))
    if len(keys) != 1:
        raise UsageError.because(f"{len(keys)} audiences in {file}", expected="a file of one audience")
    if site not in workspace.audiences[keys[0]].sites:
        raise UsageError.because(f"{keys[0]} of {file} does not run on {site}", hint="Its definition lists its sites.")
    return Draft(replace(context, workspace=workspace), keys[0])


def members_of(build: Build, site: str, key: str) -> Ordinals | str:
    """The ordinals of the members, ascending, or why they cannot be computed."""
    plan = build.plans[site]
    if key in plan.failed:
        return plan.failed[key]

    def of_block(reader: BlockReader, block: int, chosen: Chosen) -> Ordinals | str:
        return members_of_block(plan, reader, key, block=block, bounds=chosen)

    found: list[Ordinals] = [np.zeros(0, dtype=np.uint32)]
    for members in build.each_block(site, of_block):
        if isinstance(members, str):
            return members
        found.append(members)
    return np.sort(np.concatenate(found))
