"""``plateia diff``: who would enter and leave an audience by another definition of it, or has between two runs.

Without Spark; writes nothing.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

from jobs.comparing.drafts import draft, members_of
from jobs.comparing.rows import Row, compared, print_rows
from jobs.options import Context, command_parser, run_command
from plateia.errors import UsageError, echo
from plateia.lake.names import Names
from plateia.lake.standing import Standing
from plateia.trace import Outcome

_RUN_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6}")
_SAMPLE = 10


def main(argv: Sequence[str] | None = None) -> int:
    """Compare two files of one audience each, or two runs, on one site; returns the exit code."""
    parser = command_parser("diff", "Who would enter and leave by another definition, or has between two runs.")
    parser.add_argument("old", metavar="OLD", help="a YAML file of one audience, or a run id")
    parser.add_argument("new", metavar="NEW", help="another of the same kind")
    parser.add_argument("--audience", metavar="KEY", help="of two runs: only this audience (all that they computed)")
    parser.add_argument("--sample", type=int, default=_SAMPLE, metavar="N", help=f"at most N person ids ({_SAMPLE})")
    return run_command(argv, parser, _run, render=False)


def _run(context: Context) -> Outcome:
    args, site = context.args, context.one_site
    if args.sample < 0:
        raise UsageError.because(f"--sample {args.sample}", expected="at least 0")
    are_runs = [bool(_RUN_ID.fullmatch(word)) for word in (args.old, args.new)]
    if len(set(are_runs)) > 1:
        raise UsageError.because(f"{echo(args.old)} and {echo(args.new)}", expected="two files, or two run ids")
    if args.audience is not None and not all(are_runs):
        raise UsageError.because("--audience beside files", expected="files alone: each holds one audience")
    rows = _runs(context, site) if all(are_runs) else _files(context, site)
    if not args.json:
        print_rows(rows)
    return context.outcome(rows, exit=3 if any(row["reason"] for row in rows) else 0)


def _files(context: Context, site: str) -> list[Row]:
    context.workspace.require_sound()
    args = context.args
    old, new = draft(context, args.old, site), draft(context, args.new, site)
    before = old.build(site)
    after = new.build(site, before.pins)
    head = {"site": site, "audience": new.key, "old": args.old, "new": args.new}
    members = members_of(before, site, old.key), members_of(after, site, new.key)
    return [compared(head, *members, Names(context.lake, site), args.sample)]


def _runs(context: Context, site: str) -> list[Row]:
    args, standing = context.args, Standing(context.lake, site)
    keys = standing.audiences(args.old) | standing.audiences(args.new)
    if args.audience is not None:
        keys = frozenset(context.known_keys([args.audience], keys, "--audience"))
    names, rows = Names(context.lake, site), []
    for key in sorted(keys):
        head = {"site": site, "audience": key, "old": args.old, "new": args.new}
        old, new = (standing.members(standing.after(run_id, key), key) for run_id in (args.old, args.new))
        rows.append(compared(head, old, new, names, args.sample))
    return rows


if __name__ == "__main__":
    sys.exit(main())
