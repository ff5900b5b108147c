"""``plateia validate``: names every mistake of every file, and what is sound but hardly meant; without Spark."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from jobs.options import Context, command_parser, run_command
from plateia.errors import UsageError, echo
from plateia.trace import Outcome, log
from plateia.workspace.doubts import doubts, located

_LOG = log("validate")
_MOST_DOUBTS = 1_000


def main(argv: Sequence[str] | None = None) -> int:
    """Check and say what is wrong, one problem a line; exit 2 if anything is. Reads and writes no table."""
    parser = command_parser("validate", "Check the configuration, without Spark.", sited=False)
    parser.add_argument("paths", metavar="PATH", nargs="*", help="only what is wrong in these files or folders (all)")
    return run_command(argv, parser, _run, render=False)


def _run(context: Context) -> Outcome:
    workspace, wanted = context.workspace, _Wanted(context.args.paths, context.workspace.files)
    problems = [problem for problem in workspace.problems if wanted.holds(problem.where.file)]
    n_warnings = _warn(context, wanted)
    if len(problems) < len(workspace.problems):
        _LOG.warning("%d problems in other files", len(workspace.problems) - len(problems))
    counts: dict[str, object] = {
        "sites": len(workspace.sites),
        "sources": len(workspace.sources),
        "audiences": len(workspace.audiences) + len(workspace.scored),
        "features": len(workspace.features),
        "lookalikes": len(workspace.lookalikes),
        "propensities": len(workspace.propensities),
        "suites": len(workspace.suites),
        "problems": len(problems),
        "warnings": n_warnings,
    }
    if not problems and not context.args.json:
        sys.stdout.write(f"All is well: {', '.join(f'{what} {n}' for what, n in counts.items() if n)}.\n")
    return context.outcome([counts], exit=2 if problems else 0, errors=problems)


def _warn(context: Context, wanted: _Wanted) -> int:
    """Log the warnings about the wanted files; returns how many there are."""
    simple = [warning for warning in context.workspace.warnings if wanted.holds(warning.where.file)]
    found = doubts(context.workspace, context.run.as_of)
    doubtful = [doubt for doubt in found if wanted.holds(doubt.audience.where.file)]
    for warning in chain(simple, located(doubtful[:_MOST_DOUBTS])):
        _LOG.warning("%s", warning)
    if len(doubtful) > _MOST_DOUBTS:
        _LOG.warning("and %d more doubts about rules", len(doubtful) - _MOST_DOUBTS)
    return len(simple) + len(doubtful)


class _Wanted:
    """The files that were asked for; all, if none was named."""

    def __init__(self, paths: Sequence[str], files: Sequence[Path]) -> None:
        self._paths = [Path(path).resolve() for path in paths]
        read = [file.resolve() for file in files]
        for given, path in zip(paths, self._paths, strict=True):
            if not any(file.is_relative_to(path) for file in read):
                raise UsageError.because(f"PATH {echo(given)}", expected="a file or folder of the configuration")

    def holds(self, file: str | None) -> bool:
        """Whether the file is one of them."""
        return not self._paths or any(Path(file or "").resolve().is_relative_to(path) for path in self._paths)


if __name__ == "__main__":
    sys.exit(main())
