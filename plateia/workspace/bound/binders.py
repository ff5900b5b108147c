"""Binding many files: here, or, where that pays, in as many processes as there are cores."""

from __future__ import annotations

import os
import pickle
import struct
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import IO, Self

from plateia.catalogue import Catalogue
from plateia.rules.binding.lists import Lists
from plateia.workspace.bound.file import bind_file
from plateia.workspace.bound.packs import pack_bytes

_WORTH_A_PROCESS_BYTES = 2_000_000  # of YAML: more than a second of work, beside half a second to start
_MOST_PROCESSES = 8
_LENGTH = struct.Struct("<Q")

_Process = subprocess.Popen[bytes]


@dataclass(frozen=True, slots=True)
class Binder:
    """Binds files against one catalogue; ``digest`` is that of the packs it makes."""

    catalogue: Catalogue
    lists: Lists
    digest: bytes

    def pack(self, paths: Sequence[Path]) -> bytes:
        """A pack of the files."""
        return pack_bytes((bind_file(path, self.catalogue, self.lists) for path in paths), self.digest)


def packs_of(binder: Binder, groups: Sequence[Sequence[Path]], size_bytes: int) -> Iterator[bytes]:
    """A pack a group of files, in their order; ``size_bytes`` is how much there is to read."""
    processes = min(len(groups), os.cpu_count() or 1, _MOST_PROCESSES, size_bytes // _WORTH_A_PROCESS_BYTES)
    if processes < 2:
        yield from map(binder.pack, groups)
        return
    with _Processes(binder, processes) as others, ThreadPoolExecutor(processes) as pool:
        yield from pool.map(others.pack, groups)


class _Processes:
    """So many binders in processes of their own; where one cannot start or has ended, its work is done here.

    Not multiprocessing: that runs the caller's main module again, or forks a process that has threads.
    """

    def __init__(self, binder: Binder, count: int) -> None:
        self._binder = binder
        self._idle: SimpleQueue[_Process | None] = SimpleQueue()
        self._started = [started for _ in range(count) if (started := _start())]
        for process in self._started:
            self._idle.put(process if _send(process, binder) else None)
        for _ in range(count - len(self._started)):
            self._idle.put(None)

    def pack(self, paths: Sequence[Path]) -> bytes:
        process = self._idle.get()
        data = None
        try:
            data = _receive(process) if process and _send(process, tuple(paths)) else None
        finally:
            self._idle.put(process if data is not None else None)
        return self._binder.pack(paths) if data is None else data

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for process in self._started:
            for stream in (process.stdin, process.stdout):
                if stream:
                    with suppress(OSError):  # it has ended, and takes no last bytes
                        stream.close()
            process.wait()


def _start() -> _Process | None:
    command = [sys.executable, "-P", "-c", f"from {__name__} import serve; serve()"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    try:
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
    except OSError:
        return None


def _send(process: _Process, message: object) -> bool:
    try:
        if process.stdin:
            pickle.dump(message, process.stdin)
            process.stdin.flush()
    except OSError:
        return False
    return True


def _receive(process: _Process) -> bytes | None:
    """What the process answers; None where it has ended before."""
    if process.stdout is None:
        return None
    length = process.stdout.read(_LENGTH.size)
    data = process.stdout.read(_LENGTH.unpack(length)[0]) if len(length) == _LENGTH.size else b""
    return data or None


def serve() -> None:
    """The other process: takes a binder, then groups of paths, and answers each with a pack until the asker closes."""
    asked, answers = sys.stdin.buffer, sys.stdout.buffer
    binder: Binder = pickle.load(asked)
    while paths := _next(asked):
        data = binder.pack(paths)
        answers.write(_LENGTH.pack(len(data)) + data)
        answers.flush()


def _next(asked: IO[bytes]) -> tuple[Path, ...]:
    try:
        paths: tuple[Path, ...] = pickle.load(asked)
    except EOFError:
        return ()
    return paths
