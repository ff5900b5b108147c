"""``plateia build-audiences``: compile, compute in one shared pass, gate, publish.

Reads the pinned warehouse; moves pointers in ``audience_current`` and adds to the history. Safe to repeat: the same
inputs give ``unchanged``. A broken audience, or who refers to it, is ``failed`` and keeps its last version.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial

from jobs.amounts import announce, log_amounts
from jobs.building import Build
from jobs.options import Context, command_parser, run_command
from jobs.publishing import gate_and_publish, outcome_of
from jobs.selection import candidates_of, chosen, orphans
from jobs.totals import keep
from jobs.watching import watched
from plateia.lake import BlockReader, BlockTotals, MemberWriter
from plateia.trace import Outcome, log
from transforms.audience.deciding import Decisions
from transforms.audience.tasks import BlockReport, run_tasks
from transforms.features.tasks import map_blocks


def main(argv: Sequence[str] | None = None) -> int:
    """Build all audiences of the sites, or the named, or the due ones; returns the exit code."""
    parser = command_parser("build-audiences", "Compute, gate and publish audiences.")
    parser.add_argument("--only", action="append", metavar="KEY", default=[], help="only this audience; repeatable")
    parser.add_argument("--due", action="store_true", help="only those whose refresh is due at as_of")
    parser.add_argument(
        "--accept-change", action="append", metavar="KEY", default=[], help="let this one pass its max_change; recorded"
    )
    return run_command(argv, parser, run)


def run(context: Context) -> Outcome:
    """What became of each audience; the options are ``only``, ``due``, ``accept_change``, ``dry_run`` and ``site``."""
    context.workspace.require_sound()
    keys = chosen(context)
    with context.lake.lease("publish", context.run.run_id):
        build = Build(context, keys, context.sites)
        for key in orphans(build):
            log("build").warning("%s is published and has no definition: `plateia retire %s` takes it away", key, key)
        decisions, reports = _evaluate(context, build)
        log_amounts([*(report.amounts for report in reports), *(found.amounts for found in decisions.values())])
        keep(context, reports)
        staged = [file for report in reports for file in report.staged]
        candidates = candidates_of(build, reports, decisions)
        verdicts = gate_and_publish(context, candidates, staged, accepted=context.args.accept_change)
    return outcome_of(context, verdicts)


def _evaluate(context: Context, build: Build) -> tuple[dict[str, Decisions], list[BlockReport]]:
    if not any(plan.keys for plan in build.plans.values()):
        return {}, []
    announce(build)
    with watched(context.spark, "blocks of people"):
        decisions = build.decide(partial(map_blocks, context.spark))
        return decisions, run_tasks(
            context.spark,
            build.tasks,
            plans=build.plans,
            inputs=build.inputs,
            run_id=context.run.run_id,
            open_reader=BlockReader,
            open_writer=MemberWriter,
            decisions=decisions,
            open_totals=None if context.args.dry_run else BlockTotals,
        )


if __name__ == "__main__":
    sys.exit(main())
