"""``plateia explain-identity``: why two identifiers are one person, or are not, without Spark. Reads only."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from jobs.identity.asking import Asking
from jobs.identity.explanation import Asked, explain
from jobs.options import Context, command_parser, run_command
from jobs.render import print_table
from plateia.errors import UsageError
from plateia.trace import Outcome


def main(argv: Sequence[str] | None = None) -> int:
    """Print the verdict, the strongest path and its weakest edge, and what was refused by which rule."""
    parser = command_parser("explain-identity", "Why two identifiers are one person, or are not.")
    for name in ("one", "other"):
        parser.add_argument(name, metavar="TYPE:VALUE", nargs="?", help="missing: a line of standard input")
    return run_command(argv, parser, _run, render=False)


def _run(context: Context) -> Outcome:
    written = [text for text in (context.args.one, context.args.other) if text is not None]
    if len(written) < 2:
        written += [line for line in sys.stdin.read().splitlines() if line][: 2 - len(written)]
    if len(written) < 2:
        raise UsageError.because(f"{len(written)} identifiers", expected="two: TYPE:VALUE TYPE:VALUE")
    asking = Asking.of(context)
    one, other = (_asked(asking, text, context.one_site) for text in written)
    found = explain(asking, one, other)
    if not context.args.json:
        _print(found)
    return context.outcome([found])


def _asked(asking: Asking, text: str, site: str) -> Asked:
    kind, colon, value = text.partition(":")
    if not colon:
        raise UsageError.because("an identifier without a type", expected="TYPE:VALUE, such as email:ana@example.com")
    token = asking.token(kind, value, site)
    if token is None:
        return Asked(kind, None, None, False)
    person = asking.persons([token]).get(token)
    return Asked(text, (kind, token), person, person is None and token in asking.shared([token]))


def _print(found: dict[str, Any]) -> None:
    sys.stdout.write(f"{found['verdict']}\n")
    if found["path"]:
        sys.stdout.write("\nthe strongest path\n")
        print_table([_row(edge) for edge in found["path"]])
        sys.stdout.write(f"\nits weakest edge: {' - '.join(found['weakest']['between'])}\n")
    if found["refused"]:
        sys.stdout.write("\nrefused\n")
        print_table([_row(edge) for edge in found["refused"]])


def _row(edge: dict[str, Any]) -> dict[str, object]:
    return {**edge, "between": " - ".join(edge["between"])}


if __name__ == "__main__":
    sys.exit(main())
