"""``plateia resolve-identities``: signals become persons.

Reads the sources of signals; writes new versions of the ``identity_*`` tables that nobody reads, judges their health,
and publishes them with one commit to ``identity_current``. Safe to repeat: the same signals give the same persons.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from jobs.identity.judging import rows_of, shown
from jobs.identity.resolution import resolve
from jobs.identity.scope import Scope, require_identity
from jobs.identity.serving import serve
from jobs.identity.state import read_state
from jobs.options import Context, command_parser, run_command
from jobs.render import print_table
from plateia.lake import Lake
from plateia.lake.store import Store
from plateia.trace import Outcome


def main(argv: Sequence[str] | None = None) -> int:
    """Resolve identities and print what became of sources and persons."""
    parser = command_parser("resolve-identities", "Tell which identifiers are one person.", sited=False)
    parser.add_argument("--full", action="store_true", help="from all evidence, rather than from what has changed")
    return run_command(argv, parser, _run, render=False)


def _run(context: Context) -> Outcome:
    context.workspace.require_sound()
    identity = require_identity(context.workspace)
    run_id = context.run.run_id
    with _lake(context) as lake, lake.lease(context.command, run_id), lake.scratch(context.command, run_id) as keep:
        stage = Lake.open(keep.uri("lake"), create=True) if context.args.dry_run else lake
        scope = Scope.of(context, lake, identity, read_state(lake), stage=stage)
        report = resolve(scope, keep, full=context.args.full)
        if not report.refusals and not scope.is_tried:
            serve(scope, keep)
    health = rows_of(report.health)
    if not context.args.json:
        texts = [{**row, "value": shown(m)} for row, m in zip(health, report.health, strict=True)]
        for table in (report.sources, texts, report.people):
            print_table(table)
    results = [*report.sources, *health, *report.people]
    return context.outcome(results, exit=3 if report.refusals else 0, errors=report.refusals)


@contextmanager
def _lake(context: Context) -> Iterator[Lake]:
    """The lake; where a dry run finds none, one beside its place, for as long as it takes."""
    uri = context.workspace.environment.lake
    if not context.args.dry_run or Store.at(uri).read("lake.json") is not None:
        yield context.new_lake
        return
    beside = Store.at(f"{uri.rstrip('/')}.{context.run.run_id}")
    try:
        yield Lake.open(beside.uri, create=True)
    finally:
        beside.remove_folder(beside.root)


if __name__ == "__main__":
    sys.exit(main())
