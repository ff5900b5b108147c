"""``plateia runs``: what the last runs did, without Spark. Reads only; safe to repeat."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from jobs.options import Context, command_parser, run_command
from plateia.errors import UsageError, echo
from plateia.lake import runs
from plateia.trace import Outcome


def main(argv: Sequence[str] | None = None) -> int:
    """Print the history of audiences, the newest run first."""
    parser = command_parser("runs", "What the last runs did: one row an audience a run, the newest first.")
    parser.add_argument("--audience", action="append", metavar="KEY", help="only this audience; repeatable")
    parser.add_argument("--run", metavar="RUN_ID", help="only this run")
    parser.add_argument("--limit", type=int, default=50, metavar="N", help="at most N rows (50)")
    return run_command(argv, parser, _run)


def _run(context: Context) -> Outcome:
    if context.args.limit < 1:
        raise UsageError.because(f"--limit {echo(context.args.limit)}", expected="at least 1")
    return context.outcome(
        runs(
            context.lake,
            sites=context.sites,
            audiences=context.args.audience,
            run_id=context.args.run,
            limit=context.args.limit,
        )
    )


if __name__ == "__main__":
    sys.exit(main())
