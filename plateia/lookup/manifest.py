"""The file ``CURRENT`` of a lookup store: which folders answer. What it names is whole; nothing else is read."""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from plateia.errors import LakeError, PlateiaError

CURRENT = "CURRENT"
FORMAT = 1
FOLDER = re.compile(r"(?:snapshot|overlay)-\d+-[0-9a-f]+")

_FRESH = "CURRENT.new"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a lookup store answers from.

    Attributes:
        snapshot, overlay: Names of folders; the overlay, if there is one, is looked at first.
        version: Of what is answered. ``base`` is that of the snapshot.
        purposes: Of consent, in the order of the bits.
        shards: Of the snapshot.
        key_id: Of the key under which the tokens are wrapped.
        source: What the versions are versions of.
    """

    snapshot: str
    overlay: str | None
    version: int
    base: int
    purposes: tuple[str, ...]
    shards: int
    key_id: str = ""
    source: str = ""
    format: int = FORMAT


def read_manifest(folder: Path) -> Manifest:
    """What a store answers from.

    Raises:
        LakeError: There is no store in the folder, or not one of this format.
    """
    path = folder / CURRENT
    try:
        found = json.loads(path.read_bytes())
    except OSError:
        raise _unfit(path, "no lookup store") from None
    except ValueError:
        raise _unfit(path, "a file that is not JSON") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise _unfit(path, "a file of another kind or format")
    try:
        manifest = Manifest(**{**found, "purposes": tuple(found["purposes"])})
    except (KeyError, TypeError):
        raise _unfit(path, "a file that lacks a key") from None
    if not _is_sound(manifest):
        raise _unfit(path, "a file that names no folder of a store")
    return manifest


def flip(folder: Path, manifest: Manifest) -> None:
    """Make a store answer from what the manifest names, all at once; returns when that is on the disk."""
    fresh, path = folder / _FRESH, folder / CURRENT
    with fresh.open("w", encoding="utf-8") as file:
        json.dump(asdict(manifest), file, ensure_ascii=False)
        file.flush()
        if path.exists():
            # Readers tell two flips apart by inode and time; an inode comes again, and a tick lasts milliseconds.
            grown_ns = max(fresh.stat().st_mtime_ns, path.stat().st_mtime_ns + 1)
            os.utime(fresh, ns=(grown_ns, grown_ns))
        os.fsync(file.fileno())
    fresh.replace(path)
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _is_sound(manifest: Manifest) -> bool:
    names = [name for name in (manifest.snapshot, manifest.overlay) if name is not None]
    named = all(isinstance(name, str) and FOLDER.fullmatch(name) for name in names)
    return named and isinstance(manifest.version, int) and isinstance(manifest.shards, int) and manifest.shards > 0


def _unfit(path: Path, got: str) -> PlateiaError:
    hint = "Publish the identities to an empty folder."
    return LakeError.because(got, expected=f"a lookup store of format {FORMAT}", hint=hint, file=str(path))
