"""Where a lake's bytes are: its root URI, its file system, small files replaced whole, failures in one sentence."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyarrow import fs as pafs

from plateia.errors import LakeError, echo
from plateia.tables import FORMAT_VERSION
from plateia.trace import random_token

_RENAMES = ("local", "hdfs")  # file systems where a rename is one step; elsewhere a file appears when it is closed
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://")
_KNOWN = (
    (re.compile(r"[Ff]eature '\w+' is not supported"), "it needs a newer Delta Lake"),
    (re.compile(r"end version \d+ not the same"), "that version is gone"),
)
_ERRNO = re.compile(r"\[errno \d+\] ([^\[\n:]+)", re.IGNORECASE)


@contextmanager
def one_sentence(what: str) -> Iterator[None]:
    """Raise storage and Delta failures as a LakeError: ``what``, then why."""
    from deltalake.exceptions import DeltaError

    try:
        yield
    except (OSError, DeltaError, pa.ArrowException) as error:
        raise LakeError.because(f"{what}: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    """Why, in a few words: what the operating system says, or the first line of the message."""
    text = str(error)
    for pattern, words in _KNOWN:
        if pattern.search(text):
            return words
    system = _ERRNO.findall(text)
    if system:
        return str(system[-1]).strip().rstrip(".").lower()
    return echo((text.splitlines() or [type(error).__name__])[0])[1:-1]


@dataclass(frozen=True)
class Store:
    """The folder of a lake. ``root`` is its path on ``fs``; the object is picklable."""

    uri: str
    fs: pafs.FileSystem
    root: str

    @classmethod
    def at(cls, uri: str) -> Store:
        """Resolve a local path or any URI that pyarrow knows.

        Raises:
            LakeError: The scheme is unknown, or the URI cannot be read as one.
        """
        given = uri.rstrip("/") or uri
        try:
            filesystem, root = pafs.FileSystem.from_uri(given if _SCHEME.match(given) else str(Path(given).absolute()))
        except (pa.ArrowException, OSError, ValueError) as error:
            raise LakeError.because(f"The lake {echo(uri)} cannot be opened: {_reason(error)}") from error
        return cls(given if _SCHEME.match(given) else root, filesystem, root)

    def path(self, *parts: str) -> str:
        """A path of ``fs`` below the root."""
        return "/".join((self.root, *parts))

    def uri_of(self, name: str) -> str:
        """The URI of a table's folder."""
        return f"{self.uri}/{name}"

    @property
    def renames(self) -> bool:
        """Whether a file can be written under another name first and then moved in one step."""
        return self.fs.type_name in _RENAMES

    def read(self, *parts: str) -> bytes | None:
        """The bytes of a small file, or None if there is none."""
        with one_sentence(f"The lake {echo(self.uri)} cannot be read"):
            try:
                with self.fs.open_input_stream(self.path(*parts), compression=None) as stream:
                    return bytes(stream.read())
            except FileNotFoundError:
                return None

    def write(self, data: bytes, *parts: str) -> None:
        """Put a small file in place, whole or not at all."""
        target = self.path(*parts)
        written = f"{target}.{random_token()}.tmp" if self.renames else target
        with one_sentence(f"The lake {echo(self.uri)} cannot be written"):
            self.fs.create_dir(target.rpartition("/")[0])
            with self.fs.open_output_stream(written, compression=None) as stream:
                stream.write(data)
            if written != target:
                self.fs.move(written, target)

    def remove(self, path: str) -> None:
        """Delete a file of ``fs``; one that is gone already is no error."""
        with one_sentence(f"{path} cannot be removed"):
            try:
                self.fs.delete_file(path)
            except FileNotFoundError:
                return

    def remove_folder(self, path: str) -> None:
        """Delete a folder of ``fs``; one that is gone already is no error."""
        with one_sentence(f"{path} cannot be removed"):
            try:
                self.fs.delete_dir(path)
            except FileNotFoundError:
                return

    def listing(self, *parts: str) -> list[pafs.FileInfo]:
        """What is in a folder, sorted by path; nothing if it does not exist."""
        selector = pafs.FileSelector(self.path(*parts), allow_not_found=True)
        with one_sentence(f"{self.path(*parts)} cannot be listed"):
            return sorted(self.fs.get_file_info(selector), key=lambda info: str(info.path))


def check_format(store: Store, *, create: bool) -> None:
    """Check ``lake.json``, or write it where ``create`` allows.

    Raises:
        LakeError: There is no lake, it cannot be read or written, or its format is newer than this Plateia.
    """
    lake = f"The lake {echo(store.uri)}"
    text = store.read("lake.json")
    if text is None and not create:
        raise LakeError.because(
            f"There is no lake at {echo(store.uri)}", hint="`plateia refresh-warehouse` builds its first tables."
        )
    if text is None:
        store.write(json.dumps({"format": FORMAT_VERSION}).encode(), "lake.json")
        return
    try:
        found = int(json.loads(text)["format"])
    except (ValueError, KeyError, TypeError):
        raise LakeError.because(f"{lake} does not say which format it has: lake.json is damaged") from None
    if found > FORMAT_VERSION:
        raise LakeError.because(
            f"{lake} has format {found}, and this Plateia knows formats up to {FORMAT_VERSION}",
            hint="Install a newer Plateia.",
        )
