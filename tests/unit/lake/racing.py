"""A process that asks for a lease when a file appears, and says whether it got it: ``racing.py LAKE RUN_ID SIGNAL``."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from plateia.errors import LakeError
from plateia.lake import Lake
from plateia.lake.lease import acquire


def main() -> None:
    uri, run_id, signal = sys.argv[1:]
    lake = Lake.open(uri)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while not Path(signal).exists():
        time.sleep(0.001)
    try:
        acquire(lake.store, "build-audiences", run_id)
        sys.stdout.write("got it\n")
    except LakeError as error:
        sys.stdout.write(f"refused: {error}\n")
    sys.stdout.flush()
    sys.stdin.read()  # the holder lives until the test has looked


if __name__ == "__main__":
    main()
