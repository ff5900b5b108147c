"""``plateia lookup``: whose an identifier is, without Spark. Reads only; safe to repeat; no value is ever repeated."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from jobs.files import out_file, write_rows
from jobs.identity.asking import Asking
from jobs.identity.requests import ASKED, read_rows
from jobs.options import Context, command_parser, run_command
from plateia.errors import UsageError
from plateia.trace import Outcome

Asked = tuple[str, str, str]  # site, type, value


def main(argv: Sequence[str] | None = None) -> int:
    """Print row, person_id and status of each value, or write them to a file."""
    parser = command_parser("lookup", "Whose an identifier is: row, person_id, status (known, shared, unknown).")
    parser.add_argument("type", metavar="TYPE", nargs="?", help="the type of the identifiers")
    parser.add_argument("values", metavar="VALUE", nargs="*", help="none: one a line from standard input")
    parser.add_argument("--batch", metavar="IN", help="a .csv or .parquet file with site, identifier, value")
    parser.add_argument("--out", metavar="OUT", help="write a .csv or .parquet file with row, person_id, status")
    return run_command(argv, parser, _run)


def _run(context: Context) -> Outcome:
    args, out = context.args, out_file(context.args.out)
    if (args.type is None) == (args.batch is None):
        got = "neither TYPE nor --batch" if args.type is None else "both TYPE and --batch"
        raise UsageError.because(got, expected="one of them", hint="`plateia lookup --help` shows how.")
    asking = Asking.of(context)
    asked = list(_batch(context, Path(args.batch)) if args.batch else _typed(context))
    rows = _answers(asking, asked)
    if out is None:
        return context.outcome(rows)
    write_rows(pa.Table.from_pylist(rows, schema=_OUT), out)
    return context.outcome()


_OUT = pa.schema([("row", pa.int64()), ("person_id", pa.string()), ("status", pa.string())])


def _answers(asking: Asking, asked: Sequence[Asked]) -> list[dict[str, object]]:
    found = asking.whose([asking.token(kind, value, site) for site, kind, value in asked])
    return [{"row": number, "person_id": who, "status": status} for number, (who, status) in enumerate(found, 1)]


def _typed(context: Context) -> Iterator[Asked]:
    values = context.args.values or [line for line in sys.stdin.read().splitlines() if line]
    site = context.one_site
    for value in values:
        yield site, context.args.type, value


def _batch(context: Context, path: Path) -> Iterator[Asked]:
    for row in read_rows(path, ASKED, context.workspace):
        yield row["site"], row["identifier"], row["value"]


if __name__ == "__main__":
    sys.exit(main())
