"""``plateia retire``: takes an audience whose definition is gone out of publication. Members and history stay."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from jobs.options import Context, command_parser, run_command
from plateia.errors import UsageError, echo
from plateia.lake import retire
from plateia.lake.published import current
from plateia.trace import Outcome


def main(argv: Sequence[str] | None = None) -> int:
    """Remove the pointer of an orphan on every site; repeating it finds nothing left and says so."""
    parser = command_parser("retire", "Take an audience whose definition is gone out of publication.", sited=False)
    parser.add_argument("key", metavar="KEY", help="the audience")
    return run_command(argv, parser, _run)


def _run(context: Context) -> Outcome:
    key, workspace = context.args.key, context.workspace
    workspace.require_sound()
    published = sorted({name for site in workspace.sites for name in current(context.lake, site)})
    context.known_keys([key], published, "KEY")
    if key in {*workspace.audiences, *workspace.broken, *workspace.scored}:
        raise UsageError.because(
            f"{echo(key)} is defined", expected="an audience without a definition", hint="Delete its definition first."
        )
    if context.args.dry_run:
        return context.outcome([{"audience": key, "verdict": "would be retired"}])
    with context.lake.lease("publish", context.run.run_id):
        sites = retire(context.lake, key, run_id=context.run.run_id)
    return context.outcome([{"site": site, "audience": key, "verdict": "retired"} for site in sites])


if __name__ == "__main__":
    sys.exit(main())
