"""Packs: files of the cache folder, each with the rows of many audience files, readable whole or not at all."""

from __future__ import annotations

import hashlib
import io
import os
import pickle
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from plateia.workspace.bound.file import BoundFile
from plateia.workspace.bound.rows import Row, RowWriter, read_row
from plateia.workspace.bound.values import Plain, Values

_MAGIC = b"plateia audiences 1\n"
_HASH = hashlib.sha256().digest_size
_SUFFIX = ".pack"


class Pack:
    """The rows of some audience files, by the SHA-256 of their content."""

    def __init__(self, rows: Mapping[bytes, Row], shared: Iterable[Plain], values: Values) -> None:
        self._rows = rows
        self._values = [values.value(plain) for plain in shared]

    @property
    def contents(self) -> frozenset[bytes]:
        return frozenset(self._rows)

    def file(self, content: bytes, path: Path) -> BoundFile | None:
        """The bound file of this content, as if it stood at ``path``."""
        row = self._rows.get(content)
        return None if row is None else read_row(row, self._values, path, content)


class _PlainReader(pickle.Unpickler):
    """Reads tuples, mappings, texts and numbers; whatever names a class or a function is refused."""

    def find_class(self, module: str, name: str) -> NoReturn:
        raise pickle.UnpicklingError(f"{module}.{name} in a pack")


def pack_bytes(files: Iterable[BoundFile], digest: bytes) -> bytes:
    """A pack of all files that could be read; ``digest`` is of what binding depends on beside them."""
    writer = RowWriter()
    rows = {file.content: writer.row(file) for file in files if file.content is not None}
    body = pickle.dumps((rows, writer.shared), protocol=5)
    return b"".join((_MAGIC, digest, hashlib.sha256(body).digest(), body))


def read_pack(data: bytes, digest: bytes, values: Values) -> Pack | None:
    """The pack that bytes are; None where they are of another digest or format, or not what was written."""
    head = len(_MAGIC) + len(digest)
    body = data[head + _HASH :]
    if data[:head] != _MAGIC + digest or data[head : head + _HASH] != hashlib.sha256(body).digest():
        return None
    try:
        rows, shared = _PlainReader(io.BytesIO(body)).load()
        return Pack(rows, shared, values)
    except (pickle.UnpicklingError, ValueError, TypeError, LookupError, AttributeError, EOFError):
        return None


def read_packs(folder: Path, digest: bytes, values: Values) -> Iterator[Pack]:
    """Every pack of a folder that is sound and of this digest."""
    for path in sorted(folder.glob(f"*{_SUFFIX}")):
        with suppress(OSError):
            if pack := read_pack(path.read_bytes(), digest, values):
                yield pack


def pack_name(bucket: int, files: Iterable[BoundFile], digest: bytes) -> str:
    """The name of a pack says all that it holds: a pack that is there needs no look inside to be up to date."""
    held = sorted(file.content + repr(file.lists).encode() for file in files if file.content is not None)
    return f"{bucket:03}-{hashlib.sha256(b''.join((_MAGIC, digest, *held))).hexdigest()[:24]}{_SUFFIX}"


def write_pack(path: Path, data: bytes) -> None:
    """Write a pack under another name first: a crash leaves no half pack."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}.tmp")
    fresh.write_bytes(data)
    fresh.replace(path)


def drop_others(folder: Path, names: frozenset[str]) -> None:
    """Delete the packs that nobody needs any more, and what a crash left."""
    for path in folder.iterdir():
        if path.suffix in (_SUFFIX, ".tmp") and path.name not in names:
            path.unlink(missing_ok=True)
