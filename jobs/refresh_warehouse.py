"""``plateia refresh-warehouse``: the company's own tables become people, events and ordinals.

Reads the sources; writes new versions of ``accepted_*``, ``people``, ``event_*`` and ``person_ordinals`` that nobody
reads, lets their suites judge them, and pins those that may be seen in one commit to ``warehouse_current``. Safe to
repeat: the same sources give the same rows and ordinals.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from jobs.options import Context, command_parser, run_command
from jobs.render import print_table
from jobs.warehouse.persons import Persons
from jobs.warehouse.refresh import check, refresh
from jobs.warehouse.scope import Scope
from plateia.lake import Lake
from plateia.lake.store import Store
from plateia.trace import Outcome


def main(argv: Sequence[str] | None = None) -> int:
    """Refresh the warehouse and print what became of every source and table."""
    parser = command_parser(
        "refresh-warehouse", "Read the sources into people, events and ordinals, through input expectations."
    )
    return run_command(argv, parser, _run, render=False)


def _run(context: Context) -> Outcome:
    context.workspace.require_sound("suites")
    sites, before = context.sites, _lake_if_any(context)
    persons = Persons.of(context.workspace, before)
    if context.args.dry_run:
        report = check(_scope(context, before, sites, persons))
    else:
        lake = context.new_lake
        with lake.lease("refresh-warehouse", context.run.run_id):
            report = refresh(_scope(context, lake, sites, persons), lake)
    if not context.args.json:
        for rows in (report.sources, report.tables):
            print_table(rows)
    return context.outcome([*report.sources, *report.tables], exit=3 if report.refusals else 0, errors=report.refusals)


def _scope(context: Context, lake: Lake | None, sites: tuple[str, ...], persons: Persons | None) -> Scope:
    run = context.run.pinned(lake.pins() if lake is not None else {})
    return Scope(lake, context.spark, context.workspace, run, sites, persons)


def _lake_if_any(context: Context) -> Lake | None:
    """The lake, or None before the first command that writes one."""
    uri = context.workspace.environment.lake
    return Lake.open(uri) if Store.at(uri).read("lake.json") is not None else None


if __name__ == "__main__":
    sys.exit(main())
