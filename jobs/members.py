"""``plateia members``: the published members of an audience, without Spark. Reads only; safe to repeat."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import pyarrow as pa

from jobs.files import out_file, write_rows
from jobs.options import Context, command_parser, run_command
from plateia.lake import members
from plateia.trace import Outcome


def main(argv: Sequence[str] | None = None) -> int:
    """Print one person id a line, sorted in UTF-8 byte order, or write them to a file with the column person_id."""
    parser = command_parser("members", "The published members of an audience: one person_id a line, sorted.")
    parser.add_argument("key", metavar="KEY", help="the audience")
    parser.add_argument("--out", metavar="FILE", help="write FILE.csv or FILE.parquet with the column person_id")
    return run_command(argv, parser, _run, render=False)


def _run(context: Context) -> Outcome:
    out = out_file(context.args.out)
    ids = members(context.lake, context.one_site, context.args.key)
    if out is not None:
        write_rows(pa.table({"person_id": ids}), out)
    elif not context.args.json:
        sys.stdout.writelines(f"{person}\n" for person in ids.to_pylist())
    return context.outcome([{"person_id": person} for person in ids.to_pylist()] if out is None else [])


if __name__ == "__main__":
    sys.exit(main())
