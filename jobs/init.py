"""``plateia init``: a small commented configuration, with sample data, that runs as it is."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from jobs.options import CommandParser
from plateia.errors import PlateiaError, UsageError

_NEXT = """Wrote a configuration to {folder}. Try, from there:

  plateia validate
  plateia refresh-warehouse
  plateia build-audiences --as-of 2026-01-01
  plateia members recent-book-buyers --site us
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Write the starter into a folder; existing files are never touched."""
    parser = CommandParser(prog="plateia init", description=__doc__, allow_abbrev=False)
    parser.add_argument("folder", nargs="?", default=".", help="where configs/ will stand (.)")
    try:
        folder = Path(parser.parse_args(argv).folder)
        write_starter(folder)
    except SystemExit as finished:  # --help
        return int(finished.code or 0)
    except PlateiaError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    sys.stdout.write(_NEXT.format(folder=folder.resolve()))
    return 0


def write_starter(folder: Path) -> None:
    """Copy the starter's files; raises UsageError, before writing anything, if one of its folders exists."""
    with resources.as_file(resources.files("jobs") / "starter") as starter:
        parts = sorted(starter.iterdir())
        for part in parts:
            if (folder / part.name).exists():
                raise UsageError.because(
                    f"{folder / part.name} exists",
                    expected="a folder without it",
                    hint="Name another: plateia init DIR.",
                )
        try:
            for part in parts:
                shutil.copytree(part, folder / part.name)
        except OSError as error:
            raise PlateiaError.because(f"cannot write to {folder}: {error.strerror}") from None


if __name__ == "__main__":
    sys.exit(main())
