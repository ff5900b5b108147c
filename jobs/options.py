"""What every command shares: options, the context of a run, the exit code, ``--json`` and readable tables."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from jobs.render import render_outcome
from plateia.clock import AsOf
from plateia.errors import PlateiaError, Problem, UsageError, did_you_mean, echo, one_of
from plateia.session import is_submitted
from plateia.trace import Outcome, Run, configure_logging, new_run
from plateia.workspace import Workspace, load_workspace

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from plateia.lake import Lake

Body = Callable[["Context"], Outcome]


class CommandParser(argparse.ArgumentParser):
    """An argument parser whose mistakes are errors like any other: one sentence, exit 2, ``--json`` included."""

    def error(self, message: str) -> NoReturn:
        raise UsageError.because(message, hint=f"`{self.prog} --help` lists the options.")


def command_parser(command: str, summary: str, *, sited: bool = True) -> CommandParser:
    """A parser with the common options of DESIGN §4; ``sited`` adds ``--site``."""
    parser = CommandParser(prog=f"plateia {command}", description=summary, allow_abbrev=False)
    common = parser.add_argument_group("common options")
    common.add_argument("--configs", metavar="DIR", default="configs", help="folder of the configuration (configs)")
    common.add_argument("--environment", metavar="NAME", default="local", help="configs/environments/NAME.yml (local)")
    common.add_argument("--lake", metavar="URI", help="in place of the environment's lake")
    common.add_argument("--as-of", metavar="INSTANT", help="ISO 8601; a date is local midnight of each site (now)")
    if sited:
        common.add_argument("--site", action="append", metavar="S", help="only this site; repeatable (all)")
    common.add_argument("--dry-run", action="store_true", help="do everything but write")
    common.add_argument("--quiet", action="store_true", help="no progress, no log lines below a warning")
    common.add_argument("--log-format", choices=("text", "json"), default="text", help="of the log on stderr (text)")
    common.add_argument("--json", action="store_true", help="one JSON object on stdout")
    return parser


@dataclass(frozen=True)
class Context:
    """What a command's body works with: its options, the configuration, the run, and the lake and Spark on demand."""

    args: argparse.Namespace
    command: str
    workspace: Workspace
    run: Run

    @cached_property
    def lake(self) -> Lake:
        """The environment's lake.

        Raises:
            LakeError: There is none yet, it cannot be read, or it has a newer format.
        """
        from plateia.lake import Lake

        return Lake.open(self.workspace.environment.lake)

    @cached_property
    def new_lake(self) -> Lake:
        """The environment's lake, created where there is none."""
        from plateia.lake import Lake

        return Lake.open(self.workspace.environment.lake, create=True)

    @cached_property
    def spark(self) -> SparkSession:
        from plateia.session import spark_session

        return spark_session(self.workspace.environment.spark)

    @property
    def sites(self) -> tuple[str, ...]:
        """The sites asked for, in order of name; all if none was named."""
        known = self.workspace.sites
        named = set(getattr(self.args, "site", None) or known)
        for site in sorted(named - set(known)):
            raise UsageError.because(f"--site {echo(site)}", expected=one_of(known), hint=did_you_mean(site, known))
        return tuple(sorted(named))

    @property
    def one_site(self) -> str:
        """The site of a command that works on exactly one."""
        if len(self.sites) != 1:
            raise UsageError.because(f"{len(self.sites)} sites", expected="exactly one", hint="Name it: --site S.")
        return self.sites[0]

    def known_keys(self, keys: Iterable[str], known: Iterable[str], option: str) -> tuple[str, ...]:
        """The keys, each checked to exist; raises UsageError for the first that does not."""
        allowed = sorted(known)
        for key in (asked := tuple(dict.fromkeys(keys))):
            if key not in allowed:
                raise UsageError.because(
                    f"{option} {echo(key)}", expected=one_of(allowed), hint=did_you_mean(key, allowed)
                )
        return asked

    def outcome(
        self, results: Sequence[dict[str, object]] = (), *, exit: int = 0, errors: Sequence[Problem] = ()
    ) -> Outcome:
        """The closing word of this command."""
        return Outcome(
            command=self.command,
            run_id=self.run.run_id,
            as_of=str(self.run.as_of),
            exit=exit,
            results=list(results),
            errors=list(errors),
        )


def run_command(argv: Sequence[str] | None, parser: CommandParser, body: Body, *, render: bool = True) -> int:
    """Parse, run ``body``, print what it says and return the exit code; never a stack trace for a user's mistake."""
    argv = list(sys.argv[1:] if argv is None else argv)
    command = parser.prog.removeprefix("plateia ")
    as_json = "--json" in argv
    try:
        outcome = _run(argv, parser, body, command)
    except BrokenPipeError:
        _close_stdout()
        return 0
    except SystemExit as finished:  # --help
        return int(finished.code or 0)
    except PlateiaError as error:
        outcome = Outcome(command, None, None, error.exit_code, [], list(error.problems))
    try:
        if as_json:
            sys.stdout.write(json.dumps(outcome.as_json(), ensure_ascii=False) + "\n")
        else:
            render_outcome(outcome, table=render)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has seen enough: `plateia members … | head`
        _close_stdout()
    return outcome.exit


def _close_stdout() -> None:
    """Point stdout elsewhere, lest the interpreter complain once more when it flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(argv: list[str], parser: CommandParser, body: Body, command: str) -> Outcome:
    args = parser.parse_args(argv)
    # Where stderr ends in stdout, log lines would break the one object; what matters of them is in its errors.
    configure_logging(quiet=args.quiet, silent=args.json and is_submitted(), log_format=args.log_format)
    as_of = AsOf.parse(args.as_of)
    workspace = load_workspace(Path(args.configs), args.environment, lake=args.lake)
    context = Context(args, command, workspace, new_run(command, as_of))
    if getattr(args, "site", None):
        workspace.require_sound()
        _ = context.sites  # an unknown site is refused before anything is read
    return body(context)
