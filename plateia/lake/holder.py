"""Who holds a lease: a process that others on the same host can prove dead."""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path

_HOLDER = re.compile(r"process (?P<pid>\d+) of (?P<host>\S+), start (?P<start>\S+), space (?P<space>\S+)")


def this_process() -> str:
    """``process 4711 of host, start 8812, space 4026531836``: pid, host, the process's start and its pid namespace."""
    return f"process {os.getpid()} of {socket.gethostname()}, start {_start(os.getpid())}, space {_space()}"


def is_gone(holder: str) -> bool:
    """Whether a holder is provably dead: same host and pid namespace, and no such process, or a younger one."""
    found = _HOLDER.fullmatch(holder)
    if found is None or found["host"] != socket.gethostname() or found["space"] != _space():
        return False
    pid = int(found["pid"])
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return _start(pid) != found["start"]


def _start(pid: int) -> str:
    """When a process started, in the kernel's ticks since boot; ``-`` where the kernel does not say."""
    try:
        # The command's name is in brackets and may hold spaces; the start is the 20th field after it.
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return "-"


def _space() -> str:
    # Containers that share a host name may not share their process ids.
    try:
        return str(Path("/proc/self/ns/pid").stat().st_ino)
    except OSError:
        return "-"
