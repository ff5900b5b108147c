"""``plateia plan``: what an audience costs: its leaves, who shares them, what they read, and its part of the last run.

Compiles all audiences of the sites, without Spark; reads and writes no data.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from jobs.building import Build, closure
from jobs.costs import last_cost, leaf_rows
from jobs.options import Context, command_parser, run_command
from jobs.render import print_table
from plateia.trace import Outcome
from transforms.audience.usage import uses

_SHOWN = ("site", "audience", "leaf", "shared_with", "table", "columns", "from", "until", "files", "rows", "bytes")


def main(argv: Sequence[str] | None = None) -> int:
    """Print what audiences read and share; returns the exit code."""
    parser = command_parser("plan", "What an audience costs: its conditions, who shares them, what they read.")
    parser.add_argument("keys", metavar="KEY", nargs="+", help="an audience; several may be named")
    return run_command(argv, parser, _run, render=False)


def _run(context: Context) -> Outcome:
    workspace = context.workspace
    workspace.require_sound()
    keys = context.known_keys(context.args.keys, workspace.audiences, "KEY")
    build = Build(context, frozenset(workspace.audiences), context.sites, outlined=closure(workspace.audiences, keys))
    rows = [
        {
            "site": site,
            "audience": key,
            **last_cost(context, site, key),
            "leaves": [leaf for use in uses(plan, key) for leaf in leaf_rows(build, site, use)],
        }
        for site, plan in sorted(build.plans.items())
        for key in keys
        if key in plan.keys
    ]
    if not context.args.json:
        print_table([{**row, **leaf} for row in rows for leaf in _as_rows(row["leaves"])], columns=_SHOWN)
        print_table([_shown(row) for row in rows], columns=("site", "audience", "last_run", "core_ms", "of the run"))
    return context.outcome(rows)


def _shown(row: dict[str, object]) -> dict[str, object]:
    share = row["cost_share"]
    return {**row, "of the run": f"{share:.1%}" if isinstance(share, float) else None}


def _as_rows(leaves: object) -> list[dict[str, object]]:
    return [leaf for leaf in leaves if isinstance(leaf, dict)] if isinstance(leaves, list) else []


if __name__ == "__main__":
    sys.exit(main())
