"""Packed words to portable 32-bit Roaring bytes of absolute ordinals, and back.

Written directly, never by inserting ids: array containers up to 4,096 people, else bitmap, no run containers.
Format: https://github.com/RoaringBitmap/RoaringFormatSpec (little-endian, cookie 12346).
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from itertools import accumulate

import numpy as np

from plateia.tables import BLOCK_BITS
from transforms.audience.bits import Words

_COOKIE = 12346
_CONTAINER_WORDS = 1024  # 65,536 people
_CONTAINER_BYTES = 8192
_ARRAY_LIMIT = 4096
_CONTAINERS_BITS = BLOCK_BITS - 16


def encode(words: Words, block: int) -> bytes:
    """The Roaring bytes of a block's bits, as absolute ordinals; also of no bits at all."""
    containers = _containers(words)
    sizes: list[int] = np.bitwise_count(containers).sum(axis=1, dtype=np.uint32).tolist()
    kept = [index for index, size in enumerate(sizes) if size]
    small = [index for index in kept if sizes[index] <= _ARRAY_LIMIT]
    arrays = iter(_array_bodies(containers, small, sizes))
    bodies = [next(arrays) if sizes[index] <= _ARRAY_LIMIT else containers[index].data for index in kept]
    header = [number for index in kept for number in (index + (block << _CONTAINERS_BITS), sizes[index] - 1)]
    ends = accumulate((body.nbytes for body in bodies), initial=8 + 8 * len(kept))
    offsets = [start for _, start in zip(kept, ends, strict=False)]
    head = struct.pack(f"<II{len(header)}H{len(kept)}I", _COOKIE, len(kept), *header, *offsets)
    return b"".join([head, *bodies])


def size(data: bytes) -> int:
    """How many people Roaring bytes that this module has written hold."""
    _, n_containers = struct.unpack_from("<II", data)
    below: tuple[int, ...] = struct.unpack_from(f"<{2 * n_containers}H", data, 8)[1::2]  # each by one
    return sum(below) + len(below)


def decode(data: bytes, block: int) -> Words:
    """The bits of a block from Roaring bytes as this module writes them; as many words as its last container needs.

    Raises:
        ValueError: The bytes are of another form, or name people outside the block.
    """
    cookie, n_containers = struct.unpack_from("<II", data) if len(data) >= 8 else (0, 0)
    if cookie != _COOKIE or len(data) < 8 + 8 * n_containers:
        raise ValueError("they are not a Roaring bitmap as Plateia writes it")
    header = np.frombuffer(data, dtype="<u2", count=2 * n_containers, offset=8).reshape(-1, 2).astype(np.int64)
    offsets = np.frombuffer(data, dtype="<u4", count=n_containers, offset=8 + 4 * n_containers)
    indices = header[:, 0] - (block << _CONTAINERS_BITS)
    if n_containers and not 0 <= indices.min() <= indices.max() < 1 << _CONTAINERS_BITS:
        raise ValueError("they name people outside their block")
    packed = np.zeros((int(indices.max(initial=-1)) + 1, _CONTAINER_BYTES), dtype=np.uint8)
    for index, size, offset in zip(indices.tolist(), (header[:, 1] + 1).tolist(), offsets.tolist(), strict=True):
        if size <= _ARRAY_LIMIT:
            low = np.frombuffer(data, dtype="<u2", count=size, offset=offset)
            members = np.zeros(1 << 16, dtype=np.bool_)
            members[low] = True
            packed[index] = np.packbits(members, bitorder="little")
        else:
            packed[index] = np.frombuffer(data, dtype=np.uint8, count=_CONTAINER_BYTES, offset=offset)
    return packed.reshape(-1).view("<u8")


def content_hash(data: bytes) -> int:
    """The first 8 bytes of SHA-256 as a signed 64-bit integer."""
    return int.from_bytes(hashlib.sha256(data).digest()[:8], "big", signed=True)


def _padded(n_words: int) -> int:
    return -(-n_words // _CONTAINER_WORDS) * _CONTAINER_WORDS


def _containers(words: Words) -> Words:
    missing = _padded(words.size) - words.size
    whole = np.concatenate([words, np.zeros(missing, dtype=words.dtype)]) if missing else words
    return whole.reshape(-1, _CONTAINER_WORDS)


def _array_bodies(containers: Words, small: Sequence[int], sizes: Sequence[int]) -> list[memoryview]:
    """The sorted 16-bit members of some containers; all containers in one pass over their non-zero bytes."""
    if not small:
        return []
    packed = (containers if len(small) == len(containers) else containers[small]).view(np.uint8).reshape(-1)
    at = np.flatnonzero(packed != 0)
    members = np.flatnonzero(np.unpackbits(packed[at], bitorder="little").view(np.bool_))
    # Each moves by as much as its byte does, eight a byte; 16 bits drop which container it is.
    shifts = (at - np.arange(at.size)).astype("<u2") << 3
    low = members.astype("<u2") + shifts[members >> 3]
    ends = list(accumulate(sizes[index] for index in small))
    return [low[start:end].data for start, end in zip([0, *ends], ends, strict=False)]
