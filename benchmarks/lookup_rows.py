"""Generated identities of the lookup benchmark: a block of tokens is a function of the seed and its number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

PURPOSES = ("email", "ads", "profiling")
SCHEMA = pa.schema(
    {
        "token": pa.binary(),
        "person_id": pa.string(),
        "confidence": pa.float64(),
        "granted": pa.int64(),
        "withdrawn": pa.int64(),
    }
)
_BLOCK = 100_000
_TOKEN_BYTES = 49
_UNKNOWN = 1 << 40  # the number of blocks that are in no map
_CHANGED_EVERY = 100


def generated(keys: int, seed: int) -> dict[str, Iterator[pa.RecordBatch]]:
    """Rows by name: a snapshot of so many tokens, and two overlays, each of other persons for 1 % of them."""
    blocks = range(0, keys, _BLOCK)
    sizes = [min(_BLOCK, keys - start) for start in blocks]

    def rows(say: int) -> Iterator[pa.RecordBatch]:
        for block, size in enumerate(sizes):
            tokens = _tokens(block, size, seed)[:: _CHANGED_EVERY if say else 1]
            yield _batch(tokens, np.random.default_rng([seed, block, say + 1]))

    return {"snapshot": rows(0), "overlay1": rows(1), "overlay2": rows(2)}


def asked(keys: int, finds: int, seed: int) -> list[bytes]:
    """Tokens in random order, a quarter of which is in no map."""
    luck = np.random.default_rng(seed)
    unknown = finds // 4
    places = np.sort(luck.integers(0, keys, finds - unknown))
    found = []
    for block in range((keys + _BLOCK - 1) // _BLOCK):
        mine = places[np.searchsorted(places, block * _BLOCK) : np.searchsorted(places, (block + 1) * _BLOCK)]
        tokens = _tokens(block, min(_BLOCK, keys - block * _BLOCK), seed)
        found += [tokens[place].tobytes() for place in mine - block * _BLOCK]
    found += [token.tobytes() for token in _tokens(_UNKNOWN, unknown, seed)]
    return [found[place] for place in luck.permutation(len(found))]


def _tokens(block: int, size: int, seed: int) -> npt.NDArray[np.uint8]:
    return np.random.default_rng([seed, block]).integers(0, 256, (size, _TOKEN_BYTES), np.uint8)


def _batch(tokens: npt.NDArray[np.uint8], luck: np.random.Generator) -> pa.RecordBatch:
    """Rows of tokens: three to a person, one in a hundred shared, a word on each purpose in two of three."""
    size = len(tokens)
    digits = luck.bytes(16 * (size // 3 + 1)).hex()
    people = [_uuid(digits[32 * (place // 3) : 32 * (place // 3 + 1)]) for place in range(size)]
    is_shared = luck.random(size) < 0.01
    words = luck.integers(0, 3, (len(PURPOSES), size))
    columns: list[Any] = [
        pa.array([token.tobytes() for token in tokens], pa.binary()),
        pa.array(people, pa.string(), mask=is_shared),
        pa.array(luck.random(size)),
        *(pa.array(sum((words[i] == word).astype(np.int64) << i for i in range(len(PURPOSES)))) for word in (1, 2)),
    ]
    return pa.record_batch(columns, SCHEMA)


def _uuid(digits: str) -> str:
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
