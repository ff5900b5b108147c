"""Which lookalikes a run is about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from jobs.options import CommandParser, Context
from plateia.declarations.lookalikes import Lookalike
from plateia.errors import Problem
from plateia.schedule import is_due

LastOf = Callable[[str, Lookalike], datetime | None]


def add_options(parser: CommandParser) -> None:
    """``--only`` and ``--due``."""
    parser.add_argument("--only", action="append", metavar="KEY", default=[], help="only this lookalike; repeatable")
    parser.add_argument("--due", action="store_true", help="only those whose refresh is due at as_of")


def chosen(context: Context) -> tuple[list[Lookalike], list[Problem]]:
    """The lookalikes asked for, by key, and what is wrong with those that are broken.

    Raises:
        UsageError: A key that no file defines.
    """
    workspace = context.workspace
    defined = {*workspace.lookalikes, *workspace.broken_lookalikes}
    keys = context.known_keys(context.args.only, defined, "--only") or tuple(sorted(defined))
    problems = [problem for key in keys for problem in workspace.broken_lookalikes.get(key, ())]
    return [workspace.lookalikes[key] for key in sorted(keys) if key in workspace.lookalikes], problems


def due_on(context: Context, site: str, lookalikes: Sequence[Lookalike], last_of: LastOf) -> list[Lookalike]:
    """Those that run on a site, and with ``--due`` only those whose refresh has come since ``last_of`` (an as_of)."""
    mine = [lookalike for lookalike in lookalikes if site in lookalike.sites]
    if not context.args.due:
        return mine
    zone = ZoneInfo(context.workspace.sites[site].zone)
    as_of = context.run.as_of.at(zone)
    return [one for one in mine if is_due(one.refresh, last=last_of(site, one), as_of=as_of, zone=zone)]
