"""Writing a lookup store: whole folders beside those that answer, then one flip. One writer at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

import pyarrow as pa

from plateia.errors import LakeError
from plateia.lookup.encoding import member_records, redirect_records, tombstones
from plateia.lookup.lock import only_writer
from plateia.lookup.manifest import Manifest, flip, read_manifest
from plateia.lookup.shards import write_shards
from plateia.trace import random_token

MOST_PURPOSES = 63
MOST_SHARDS = 512  # each is an open file, of which a process has about a thousand

_TOKENS_A_BATCH = 50_000


def write_snapshot(
    folder: Path,
    members: Iterable[pa.RecordBatch],
    redirects: Iterable[pa.RecordBatch],
    *,
    version: int,
    purposes: Sequence[str],
    shards: int,
    key_id: str = "",
    source: str = "",
) -> Manifest:
    """Write a whole map and answer from it; the former snapshot and its overlay are removed. Safe to repeat.

    Args:
        members: ``token BINARY, person_id STRING, confidence DOUBLE, granted BIGINT, withdrawn BIGINT``, key ``token``;
            without a person a value is shared, bit ``i`` of a mask is ``purposes[i]``, null is 0.
        redirects: ``person_id STRING, current_person_id STRING``, key ``person_id``; null is an erased person.
        key_id: Of the key under which all tokens are wrapped, for those who ask.
        source: What the versions are versions of, for those who write changes.

    Raises:
        LakeError: Another process is writing, or the rows cannot be a map; the store answers as before.
    """
    if len(set(purposes)) != len(purposes) or len(purposes) > MOST_PURPOSES:
        raise LakeError.because(f"{len(purposes)} purposes", expected=f"at most {MOST_PURPOSES}, each once")
    if not 1 <= shards <= MOST_SHARDS:
        raise LakeError.because(f"{shards} shards", expected=f"1 to {MOST_SHARDS}")
    with only_writer(folder):
        name = f"snapshot-{version}-{random_token()}"
        records = chain((member_records(batch, purposes) for batch in members), map(redirect_records, redirects))
        write_shards(folder / name, records, shards=shards)
        manifest = Manifest(name, None, version, version, tuple(purposes), shards, key_id, source)
        flip(folder, manifest)
        return manifest


def write_overlay(
    folder: Path,
    members: Iterable[pa.RecordBatch],
    redirects: Iterable[pa.RecordBatch],
    removed_tokens: Iterable[bytes],
    *,
    version: int,
    base: int,
) -> Manifest:
    """Answer from what has changed since the snapshot, and from that; the former overlay is removed. Safe to repeat.

    Args:
        members: As of ``write_snapshot``: fresh and changed values, the masks of the snapshot's purposes.
        redirects: As of ``write_snapshot``: fresh and changed ones.
        removed_tokens: Values that are no longer known; none is in ``members``.
        base: The version of the snapshot that all this is against.

    Raises:
        LakeError: Another process is writing, there is no snapshot of that version, or the rows cannot be a map; the
            store answers as before.
    """
    with only_writer(folder):
        current = read_manifest(folder)
        if current.base != base:
            got = f"changes since version {base}"
            raise LakeError.because(got, expected=f"since {current.base}, the snapshot's", file=str(folder))
        name = f"overlay-{version}-{random_token()}"
        records = chain(
            (member_records(batch, current.purposes) for batch in members),
            map(redirect_records, redirects),
            map(tombstones, _parts(removed_tokens)),
        )
        write_shards(folder / name, records, shards=1)
        manifest = replace(current, overlay=name, version=version)
        flip(folder, manifest)
        return manifest


def _parts(tokens: Iterable[bytes]) -> Iterator[list[bytes]]:
    left = iter(tokens)
    while part := list(islice(left, _TOKENS_A_BATCH)):
        yield part
