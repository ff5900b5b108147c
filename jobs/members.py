"""``plateia members``: the published members of an audience, without Spark. Reads only; safe to repeat."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from jobs.options import Context, command_parser, run_command
from plateia.errors import PlateiaError, UsageError, echo
from plateia.lake import members
from plateia.trace import Outcome

_WRITERS = {".csv": pa_csv.write_csv, ".parquet": pq.write_table}


def main(argv: Sequence[str] | None = None) -> int:
    """Print one person id a line, sorted in UTF-8 byte order, or write them to a file with the column person_id."""
    parser = command_parser("members", "The published members of an audience: one person_id a line, sorted.")
    parser.add_argument("key", metavar="KEY", help="the audience")
    parser.add_argument("--out", metavar="FILE", help="write FILE.csv or FILE.parquet with the column person_id")
    return run_command(argv, parser, _run, render=False)


def _run(context: Context) -> Outcome:
    out = None if context.args.out is None else Path(context.args.out)
    if out is not None and out.suffix not in _WRITERS:
        raise UsageError.because(f"--out {echo(out)}", expected="a file that ends with .csv or .parquet")
    ids = members(context.lake, context.one_site, context.args.key)
    if out is not None:
        _write(pa.table({"person_id": ids}), out)
    elif not context.args.json:
        sys.stdout.writelines(f"{person}\n" for person in ids.to_pylist())
    return context.outcome([{"person_id": person} for person in ids.to_pylist()] if out is None else [])


def _write(table: pa.Table, out: Path) -> None:
    try:
        _WRITERS[out.suffix](table, out)
    except OSError as error:
        raise PlateiaError.because(f"{echo(out)} cannot be written: {error.strerror or error}") from None


if __name__ == "__main__":
    sys.exit(main())
