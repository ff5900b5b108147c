"""``plateia validate``: checks the whole configuration without Spark and names every mistake of every file."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from jobs.options import Context, command_parser, run_command
from plateia.errors import Problem, UsageError, echo
from plateia.trace import Outcome, log

_LOG = log("validate")


def main(argv: Sequence[str] | None = None) -> int:
    """Check and say what is wrong, one problem a line; exit 2 if anything is. Reads and writes no table."""
    parser = command_parser("validate", "Check the configuration, without Spark.", sited=False)
    parser.add_argument("paths", metavar="PATH", nargs="*", help="only what is wrong in these files or folders (all)")
    return run_command(argv, parser, _run, render=False)


def _run(context: Context) -> Outcome:
    workspace, wanted = context.workspace, _Wanted(context.args.paths, context.workspace.files)
    problems = [problem for problem in workspace.problems if wanted.holds(problem)]
    for warning in workspace.warnings:
        if wanted.holds(warning):
            _LOG.warning("%s", warning)
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
        "warnings": len(workspace.warnings),
    }
    if not problems and not context.args.json:
        sys.stdout.write(f"All is well: {', '.join(f'{what} {n}' for what, n in counts.items() if n)}.\n")
    return context.outcome([counts], exit=2 if problems else 0, errors=problems)


class _Wanted:
    """The files that were asked for; all, if none was named."""

    def __init__(self, paths: Sequence[str], files: Sequence[Path]) -> None:
        self._paths = [Path(path).resolve() for path in paths]
        read = [file.resolve() for file in files]
        for given, path in zip(paths, self._paths, strict=True):
            if not any(file.is_relative_to(path) for file in read):
                raise UsageError.because(f"PATH {echo(given)}", expected="a file or folder of the configuration")

    def holds(self, problem: Problem) -> bool:
        file = Path(problem.where.file or "").resolve()
        return not self._paths or any(file.is_relative_to(path) for path in self._paths)


if __name__ == "__main__":
    sys.exit(main())
