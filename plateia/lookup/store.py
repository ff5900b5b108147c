"""Reading a lookup store: the overlay first, then the shard where the key lies."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

import lmdb

from plateia.errors import LakeError, PlateiaError
from plateia.lookup.generation import Generation, Stamp, open_generation
from plateia.lookup.manifest import CURRENT
from plateia.lookup.records import Entry, Redirect, person_key, redirect, token_key

# One for all stores, and held while a process forks: a child must not inherit a shard that is half open.
_OPENING = threading.Lock()
os.register_at_fork(before=_OPENING.acquire, after_in_parent=_OPENING.release, after_in_child=_OPENING.release)


class LookupStore:
    """A published map of identities, on a local disk.

    What begins after a flip answers from what was flipped to: every call looks at ``CURRENT``, for about two
    microseconds. May be used by any number of threads, and by the children of a process that forks; a process opens a
    folder once. The folder itself is not to be replaced, and its files are not to be changed in place.
    """

    def __init__(self, folder: Path) -> None:
        """Open what the folder answers from.

        Raises:
            LakeError: There is no lookup store, one of another format, or one whose files are not whole.
        """
        self._folder = folder
        self._path = str(folder / CURRENT)
        self._open: Generation | None = None
        self._closed = False
        self._latest()

    @property
    def version(self) -> int:
        """Of what is answered now."""
        return self._latest().manifest.version

    @property
    def key_id(self) -> str:
        """Of the key under which tokens are wrapped now."""
        return self._latest().manifest.key_id

    def find(self, token: bytes) -> Entry | None:
        """What is known of a stored (wrapped) token; None if nothing is."""
        key = token_key(token)
        generation = self._latest()
        try:
            return generation.entry(key)
        except (lmdb.Error, ValueError):
            raise self._damaged() from None

    def find_many(self, tokens: Iterable[bytes]) -> list[Entry | None]:
        """What is known of each token, all of one version."""
        keys = [token_key(token) for token in tokens]
        generation = self._latest()
        try:
            return [generation.entry(key) for key in keys]
        except (lmdb.Error, ValueError):
            raise self._damaged() from None

    def current(self, person_id: str) -> Redirect | None:
        """Where a person id leads; None if it is not known."""
        key = person_key(person_id)
        generation = self._latest()
        try:
            value = generation.get(key)
            return None if value is None else redirect(value)
        except (lmdb.Error, ValueError):
            raise self._damaged() from None

    def close(self) -> None:
        """Let go of the files; who is reading goes on to the end of that."""
        with _OPENING:
            self._open, self._closed = None, True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _latest(self) -> Generation:
        generation = self._open
        if generation is not None and generation.stamp == self._stamp():
            return generation
        with _OPENING:
            if self._closed:
                raise ValueError("the lookup store is closed")
            while True:
                stamp = self._stamp()
                if self._open is not None and self._open.stamp == stamp:
                    return self._open
                try:
                    self._open = open_generation(self._folder, stamp, self._open)
                except LakeError:
                    if self._stamp() == stamp:  # else its files were removed by the flip to the next
                        raise

    def _stamp(self) -> Stamp:
        try:
            found = os.stat(self._path)  # noqa: PTH116 - a Path costs as much as a lookup
        except OSError:
            return 0, 0
        return found.st_ino, found.st_mtime_ns

    def _damaged(self) -> PlateiaError:
        hint = "Publish the identities to an empty folder."
        return LakeError.because("a damaged record", expected="what was written", hint=hint, file=str(self._folder))
