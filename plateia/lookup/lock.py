"""One writer of a lookup store at a time, and nothing left of those that were killed."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from plateia.errors import LakeError
from plateia.lookup.manifest import CURRENT, FOLDER, read_manifest


@contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Keep others from writing, and remove what does not answer, before and after; a killed writer leaves such."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LakeError.because(
            f"no folder for a lookup store: {error.strerror}",
            expected="`lookup: {path: …}` in the environment, a folder or a place for one",
            file=str(folder),
        ) from None
    with (folder / "LOCK").open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            got = "a lookup store that another process is writing"
            raise LakeError.because(got, expected="one writer at a time", file=str(folder)) from None
        _sweep(folder)
        try:
            yield
        finally:
            _sweep(folder)


def _sweep(folder: Path) -> None:
    kept: tuple[str | None, ...] = ()
    if (folder / CURRENT).exists():
        manifest = read_manifest(folder)
        kept = (manifest.snapshot, manifest.overlay)
    for path in folder.iterdir():
        if FOLDER.fullmatch(path.name) and path.name not in kept:
            # What cannot be removed now is removed by the next writer; the answer does not depend on it.
            shutil.rmtree(path, ignore_errors=True)
