"""Every audience file of a configuration, bound: what this process or the cache folder knows is not bound again."""

from __future__ import annotations

import gc
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from plateia.catalogue import Catalogue
from plateia.garbage import no_collection
from plateia.rules.binding.lists import Lists
from plateia.workspace.bound.binders import Binder, packs_of
from plateia.workspace.bound.digest import binding_digest
from plateia.workspace.bound.file import BoundFile, ask, bind_file
from plateia.workspace.bound.packs import drop_others, pack_bytes, pack_name, read_pack, read_packs, write_pack
from plateia.workspace.bound.values import Values

_WORTH_A_CACHE_BYTES = 200_000  # of YAML, about 300 audiences: less is bound as fast as it is looked up
_WORTH_A_LOOK_BYTES = 1_000_000  # of YAML: less is bound faster than all packs are read
_PACK_BYTES = 1_000_000  # of YAML a pack, more or less: an edited file rewrites the pack that it was in, and another
_MOST_PACKS = 256

_Contents = Mapping[Path, tuple[bytes | None, int]]  # SHA-256, None where it cannot be read, and size


@dataclass(slots=True)
class _Remembered:
    """The files of the last load in this process, and no others."""

    digest: bytes = b""
    files: Mapping[Path, BoundFile] = field(default_factory=dict)


_LAST = _Remembered()


def load_bound(paths: Sequence[Path], catalogue: Catalogue, lists: Lists, *, cache: Path) -> list[BoundFile]:
    """Every file, bound, in the order of ``paths``.

    Args:
        paths: Files of audiences.
        catalogue: What rules may name.
        lists: Where list files may lie.
        cache: The folder that packs are kept in, made where it is needed; without leave to write, nothing is kept.
    """
    binder = Binder(catalogue, lists, binding_digest(catalogue))
    contents = {path: _content(path) for path in paths}
    size_bytes = sum(size for _, size in contents.values())
    with no_collection():
        found = _remembered(binder, contents)
        if size_bytes >= _WORTH_A_CACHE_BYTES and len(found) < len(paths):
            found |= _through_cache(binder, {p: of for p, of in contents.items() if p not in found}, cache, size_bytes)
            with suppress(OSError):
                _keep(binder, found.values(), cache, size_bytes)
            gc.freeze()
        found |= {path: bind_file(path, catalogue, lists) for path in paths if path not in found}
    _LAST.digest, _LAST.files = binder.digest, found
    return [found[path] for path in paths]


def _content(path: Path) -> tuple[bytes | None, int]:
    try:
        data = path.read_bytes()
    except OSError:
        return None, 0
    return hashlib.sha256(data).digest(), len(data)


def _remembered(binder: Binder, contents: _Contents) -> dict[Path, BoundFile]:
    if _LAST.digest != binder.digest:
        return {}
    known = {path: file for path in contents if (file := _LAST.files.get(path))}
    return {path: file for path, file in known.items() if _holds(file, contents[path][0], path, binder.lists)}


def _holds(file: BoundFile, content: bytes | None, path: Path, lists: Lists) -> bool:
    """Whether binding would find the same again."""
    same = file.content is not None and file.content == content
    return same and all(ask(name, path, lists) == answer for name, answer in file.lists)


def _through_cache(binder: Binder, missing: _Contents, cache: Path, size_bytes: int) -> dict[Path, BoundFile]:
    """The missing files from the packs, and what is in none of them bound afresh."""
    places: dict[bytes, list[Path]] = defaultdict(list)
    for path, (content, _) in missing.items():
        if content is not None:
            places[content].append(path)
    found: dict[Path, BoundFile] = {}
    values = Values()
    if sum(size for _, size in missing.values()) >= min(_WORTH_A_LOOK_BYTES, size_bytes):
        for kept in read_packs(cache, binder.digest, values):
            for content in kept.contents & places.keys():
                read = ((path, kept.file(content, path)) for path in places[content])
                found |= {path: file for path, file in read if file and _holds(file, content, path, binder.lists)}
    groups: dict[int, list[Path]] = defaultdict(list)
    for path, (content, _) in missing.items():
        if path not in found and content is not None:
            groups[_bucket(content, size_bytes)].append(path)
    to_read = sum(missing[path][1] for group in groups.values() for path in group)
    for (bucket, group), data in zip(groups.items(), packs_of(binder, list(groups.values()), to_read), strict=True):
        if pack := read_pack(data, binder.digest, values):
            files = {path: pack.file(missing[path][0] or b"", path) for path in group}
            fresh = {path: file for path, file in files.items() if file}
            with suppress(OSError):  # a load that is ended half-way has not worked for nothing
                write_pack(cache / pack_name(bucket, fresh.values(), binder.digest), data)
            found |= fresh
    return found


def _bucket(content: bytes, size_bytes: int) -> int:
    """The pack that a content belongs to, among a power of two."""
    packs = min(1 << (size_bytes // _PACK_BYTES).bit_length(), _MOST_PACKS)
    return int.from_bytes(content[:2], "big") % packs


def _keep(binder: Binder, files: Iterable[BoundFile], cache: Path, size_bytes: int) -> None:
    """Write the packs that are not there yet, and drop all others."""
    buckets: dict[int, dict[bytes, BoundFile]] = defaultdict(dict)
    for file in files:
        if file.content is not None:
            buckets[_bucket(file.content, size_bytes)][file.content] = file
    names: set[str] = set()
    for bucket, held in buckets.items():
        name = pack_name(bucket, held.values(), binder.digest)
        names.add(name)
        if not (cache / name).exists():
            write_pack(cache / name, pack_bytes(held.values(), binder.digest))
    drop_others(cache, frozenset(names))
