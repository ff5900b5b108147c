"""What one ``CURRENT`` names, open."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import lmdb

from plateia.lookup.manifest import Manifest, read_manifest
from plateia.lookup.records import Decoder, Entry
from plateia.lookup.shards import open_shards
from plateia.lookup.sorting import shard_of

Stamp = tuple[int, int]
Shards = tuple[lmdb.Environment, ...]


@dataclass(frozen=True, slots=True)
class Generation:
    """What one ``CURRENT`` names, open. It closes when the last reader lets go of it: nothing counts but Python."""

    stamp: Stamp
    manifest: Manifest
    overlay: Shards
    shards: Shards
    decoder: Decoder

    def opened(self, name: str | None) -> Shards | None:
        """The shards of a folder, if it is among these: a process cannot open a file twice."""
        return {self.manifest.snapshot: self.shards, self.manifest.overlay: self.overlay}.get(name)

    def get(self, key: bytes) -> bytes | None:
        value: bytes | None = None
        for shard in (*self.overlay, self.shards[shard_of(key, len(self.shards))]):
            with shard.begin() as transaction:
                value = transaction.get(key)
            if value is not None:
                break
        return value

    def entry(self, key: bytes) -> Entry | None:
        value = self.get(key)
        return None if value is None else self.decoder.entry(value)


def open_generation(folder: Path, stamp: Stamp, former: Generation | None) -> Generation:
    """Open what ``CURRENT`` names now, but for what the former generation has open.

    Args:
        stamp: Of ``CURRENT``, taken before; if it is older than what is read here, opening again is cheap.

    Raises:
        LakeError: The store cannot be read, or has been flipped meanwhile; nothing stays open.
    """
    manifest = read_manifest(folder)
    with ExitStack() as fresh:

        def shards(name: str | None, count: int) -> Shards:
            found = former.opened(name) if former else None
            if found is None and name is not None:
                found = open_shards(folder / name, shards=count)
                for shard in found:
                    fresh.callback(shard.close)
            return found or ()

        snapshot, overlay = shards(manifest.snapshot, manifest.shards), shards(manifest.overlay, 1)
        fresh.pop_all()
    return Generation(stamp, manifest, overlay, snapshot, Decoder(manifest.purposes))
