"""Running commands in this process: their rows for the demo, their log and their errors for whoever watches."""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout

Command = Callable[[Sequence[str]], int]
Rows = list[dict[str, object]]


def run(title: str, command: Command, options: Sequence[str]) -> tuple[int, Rows]:
    """Run a command and take its rows from its ``--json``; its log and its errors go to stderr."""
    started, told = time.monotonic(), io.StringIO()
    with redirect_stdout(told):
        code = command(["--json", *options])
    outcome = json.loads(told.getvalue())
    for error in outcome["errors"]:
        sys.stderr.write(f"error: {error['got']}; expected {error['expected']}. {error['hint'] or ''}\n")
    sys.stderr.write(f"{title}: exit {code} in {time.monotonic() - started:.1f} s\n")
    return code, outcome["results"]
