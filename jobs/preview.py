"""``plateia preview``: how many people an audience would have that is not saved yet, and each of its conditions.

Reads the pinned warehouse, without Spark; writes nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from jobs.building import Build, Chosen, closure
from jobs.options import Context, command_parser, run_command
from jobs.render import print_counts, print_table
from plateia.errors import UsageError
from plateia.lake import BlockReader
from plateia.trace import Outcome
from plateia.workspace.draft import with_draft
from transforms.audience.preview import Counts, add_up, count_block, counted, why_failed

_SHOWN = ("site", "audience", "size", "people", "published", "reason")


def main(argv: Sequence[str] | None = None) -> int:
    """Count the audiences of a file on one site; returns the exit code."""
    parser = command_parser("preview", "Count an audience that is not saved yet, without writing anything.")
    parser.add_argument("file", metavar="FILE", type=Path, help="a YAML file of one or several audiences")
    return run_command(argv, parser, _run, render=False)


def _run(context: Context) -> Outcome:
    context.workspace.require_sound()
    site = context.one_site
    workspace, keys = with_draft(context.workspace, context.args.file, Path(context.args.configs))
    for key in keys:
        if site not in workspace.audiences[key].sites:
            raise UsageError.because(f"{key} does not run on {site}", hint="Its definition lists its sites.")
    drafted = replace(context, workspace=workspace)
    build = Build(drafted, closure(workspace.audiences, keys), (site,), frozenset(keys))
    plan, counts = build.plans[site], _count(build, site)
    rows: list[dict[str, object]] = []
    for key in keys:
        reason = why_failed(plan, counts, key)
        tree = None if key in plan.failed else counted(plan.outlines[key], counts)
        pointer = build.current[site].get(key, {})
        size = None if reason or tree is None else tree["size"]
        row = {"site": site, "audience": key, "size": size, "people": counts.n_people}
        rows.append({**row, "published": pointer.get("size"), "reason": reason, "nodes": tree})
        if tree is not None and not context.args.json:
            print_counts(tree)
    if not context.args.json:
        print_table(rows, columns=_SHOWN)
    return context.outcome(rows, exit=3 if any(row["reason"] for row in rows) else 0)


def _count(build: Build, site: str) -> Counts:
    def count(reader: BlockReader, block: int, chosen: Chosen) -> Counts:
        return count_block(build.plans[site], reader, block=block, bounds=chosen)

    return add_up(build.each_block(site, count))


if __name__ == "__main__":
    sys.exit(main())
