"""``python -m tests.halves [WORDS]``: the tests that share the Spark session and all others, side by side.

A suite of small queries waits for planning on one core while the other idles. Words go to both, but for ``-m``.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run both halves to their ends; returns the exit code of one that failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.halves", description=__doc__)
    parser.add_argument("-m", dest="marks", default="", help="only tests with these marks, as pytest understands it")
    args, words = parser.parse_known_args(argv)
    halves = [f"({args.marks}) and {half}" if args.marks else half for half in ("spark", "not spark")]
    running = [subprocess.Popen([sys.executable, "-m", "pytest", "-m", half, *words]) for half in halves]
    try:
        return max((process.wait() for process in running), key=abs)
    finally:
        for process in running:
            process.terminate()


if __name__ == "__main__":
    sys.exit(main())
