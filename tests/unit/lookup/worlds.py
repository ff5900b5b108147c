"""Small maps of identities, as rows for the store and as a plain dict."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import lmdb
import pyarrow as pa

from plateia.lookup import Entry

PURPOSES = ("email", "ads", "profiling")
MEMBERS = pa.schema(
    {
        "token": pa.binary(),
        "person_id": pa.string(),
        "confidence": pa.float64(),
        "granted": pa.int64(),
        "withdrawn": pa.int64(),
    }
)
REDIRECTS = pa.schema({"person_id": pa.string(), "current_person_id": pa.string()})


@dataclass
class World:
    """What a store must answer: token -> entry, person id -> present person id or None."""

    entries: dict[bytes, Entry] = field(default_factory=dict)
    redirects: dict[str, str | None] = field(default_factory=dict)


def world(seed: int, tokens: int) -> World:
    """A random map; a tenth of the values is shared, a third of the persons has no UUID."""
    luck = random.Random(seed)
    people = [_person(luck) for _ in range(max(1, tokens // 3))]
    found = World({luck.randbytes(luck.choice((0, 35, 49))): _entry(luck, people) for _ in range(tokens)})
    found.redirects = {_person(luck): luck.choice([None, *people]) for _ in range(tokens // 4)}
    return found


def changed(before: World, seed: int) -> tuple[World, World, list[bytes]]:
    """The next map, what of it is new or different, and the tokens that are gone."""
    luck = random.Random(seed)
    tokens = sorted(before.entries)
    removed = luck.sample(tokens, len(tokens) // 5)
    fresh = world(seed + 1, 1 + len(tokens) // 4)
    for token in luck.sample([token for token in tokens if token not in set(removed)], len(tokens) // 5):
        fresh.entries[token] = _entry(luck, ["someone else"])
    removed = [token for token in removed if token not in fresh.entries]
    for person in luck.sample(sorted(before.redirects), len(before.redirects) // 3):
        fresh.redirects[person] = None
    kept = {token: entry for token, entry in before.entries.items() if token not in set(removed)}
    return World(kept | fresh.entries, before.redirects | fresh.redirects), fresh, removed


def members(entries: Mapping[bytes, Entry], *, order: int = 0, rows: int = 7) -> Iterator[pa.RecordBatch]:
    """Entries in a random order, as the store is given them."""
    found = [
        {
            "token": token,
            "person_id": entry.person_id,
            "confidence": entry.confidence,
            "granted": sum(1 << i for i, purpose in enumerate(PURPOSES) if entry.consent.get(purpose) is True),
            "withdrawn": sum(1 << i for i, purpose in enumerate(PURPOSES) if entry.consent.get(purpose) is False),
        }
        for token, entry in entries.items()
    ]
    random.Random(order).shuffle(found)
    yield from pa.Table.from_pylist(found, MEMBERS).to_batches(max_chunksize=rows)


def redirects(found: Mapping[str, str | None], *, order: int = 0, rows: int = 7) -> Iterator[pa.RecordBatch]:
    """Redirects in a random order, as the store is given them."""
    pairs = [{"person_id": person, "current_person_id": current} for person, current in found.items()]
    random.Random(order).shuffle(pairs)
    yield from pa.Table.from_pylist(pairs, REDIRECTS).to_batches(max_chunksize=rows)


def dump(folder: Path) -> list[tuple[bytes, bytes]]:
    """All records of the shards of a folder, in their order, the seals aside."""
    found = []
    for path in sorted(folder.glob("*.mdb")):
        with lmdb.open(str(path), subdir=False, readonly=True, lock=False) as shard, shard.begin() as transaction:
            found += [(key, value) for key, value in transaction.cursor() if len(key) == 16]
    return found


def _entry(luck: random.Random, people: list[str]) -> Entry:
    is_shared = luck.random() < 0.1
    consent = {purpose: luck.random() < 0.5 for purpose in PURPOSES if luck.random() < 0.6}
    return Entry(None if is_shared else luck.choice(people), is_shared, luck.random(), consent)


def _person(luck: random.Random) -> str:
    name = str(uuid.UUID(bytes=luck.randbytes(16)))
    return luck.choice((name, name, luck.choice((name.upper(), f"cliente-{name[:5]}ñ", name + "\n"))))
