"""``plateia identity-plan``: what other rules of identity would make of the people there are.

Resolves what is published anew by the rules of a file, refreshes a warehouse and counts audiences by it, all in a place
of its own that goes when the command ends: nothing is published. As of the last resolution, on the sources' files.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from jobs.identity.planning import audiences_by, compare
from jobs.identity.resolution import resolve
from jobs.identity.scope import Scope, require_identity
from jobs.identity.state import published_state
from jobs.options import Context, command_parser, run_command
from jobs.render import print_table
from plateia.errors import InputError, echo
from plateia.lake import Lake
from plateia.trace import Outcome
from plateia.workspace import load_workspace


def main(argv: Sequence[str] | None = None) -> int:
    """Print how many people would merge and split, and which audiences would change in size."""
    parser = command_parser("identity-plan", "Try other rules of identity; nothing is published.", sited=False)
    parser.add_argument("--rules", metavar="FILE", required=True, help="in place of identity.yml")
    parser.add_argument("--people-only", action="store_true", help="leave audiences out, which take a whole refresh")
    return run_command(argv, parser, _run, render=False)


def _run(context: Context) -> Outcome:
    args, rules = context.args, Path(context.args.rules)
    if not rules.is_file():
        raise InputError.because(f"--rules {echo(str(rules))}, which does not exist", hint="Look at its name.")
    workspace = load_workspace(Path(args.configs), args.environment, lake=args.lake, rules=rules)
    workspace.require_sound()
    lake, run_id = context.lake, context.run.run_id
    with lake.lease("resolve-identities", run_id), lake.scratch("resolve-identities", run_id) as keep:
        state = published_state(lake)
        stage = Lake.open(keep.uri("lake"), create=True)
        identity = require_identity(workspace)
        tried = Context(args, context.command, workspace, context.run)
        report = resolve(Scope.of(tried, lake, identity, state, stage=stage, stands_still=True), keep, full=True)
        people = compare(context.spark, lake, stage, report)
        audiences = [] if args.people_only else audiences_by(context, tried, stage)
    if not args.json:
        print_table(people)
        print_table(audiences)
    return context.outcome([*people, *audiences])


if __name__ == "__main__":
    sys.exit(main())
