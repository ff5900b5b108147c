"""Roaring bytes are those that another implementation writes, and come back as the same bits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from plateia.tables import BLOCK_SIZE
from transforms.audience import bits
from transforms.audience.roaring import content_hash, decode, encode


def mask_of(places: np.ndarray, n: int = BLOCK_SIZE) -> np.ndarray:
    mask = np.zeros(n, dtype=np.bool_)
    mask[places] = True
    return mask


def check(places: np.ndarray, block: int = 0, n: int = BLOCK_SIZE) -> None:
    words = bits.pack(mask_of(places, n))
    data = encode(words, block)
    read = BitMap.deserialize(data)
    assert np.array_equal(np.array(read.to_array(), dtype=np.int64), np.unique(places) + block * BLOCK_SIZE)
    assert data == read.serialize()  # the reader keeps the containers, so these are its own bytes for them
    assert np.array_equal(bits.fit(decode(data, block), words.size), words)


@pytest.mark.parametrize(
    "places",
    [
        pytest.param(np.arange(0), id="empty"),
        pytest.param(np.arange(BLOCK_SIZE), id="full"),
        pytest.param(np.array([0]), id="first"),
        pytest.param(np.array([BLOCK_SIZE - 1]), id="last"),
        pytest.param(np.arange(65_535, 65_537), id="across a container's border"),
        pytest.param(np.arange(4_096) * 16, id="4,096 in a container: array"),
        pytest.param(np.arange(4_097) * 15, id="4,097 in a container: bitmap"),
        pytest.param(np.concatenate([np.arange(4_096), 65_536 + np.arange(4_097), [200_000]]), id="mixed, one empty"),
    ],
)
@pytest.mark.parametrize("block", [0, 1, 8_191], ids=["first block", "second block", "last block of 32 bits"])
def test_container_borders(places: np.ndarray, block: int) -> None:
    check(places, block)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    density=st.sampled_from([1e-5, 1e-3, 0.01, 0.06, 0.0625, 0.065, 0.3, 0.9]),
    n=st.integers(1, BLOCK_SIZE),
)
def test_any_density_and_length(seed: int, density: float, n: int) -> None:
    check(np.flatnonzero(np.random.default_rng(seed).random(n) < density), n=n)


def test_array_and_bitmap_containers_are_chosen_by_size() -> None:
    array = encode(bits.pack(mask_of(np.arange(4_096))), 0)
    bitmap = encode(bits.pack(mask_of(np.arange(4_097))), 0)
    assert (len(array), len(bitmap)) == (16 + 2 * 4_096, 16 + 8_192)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"", "not a Roaring bitmap", id="nothing"),
        pytest.param(BitMap(range(100)).serialize(), "not a Roaring bitmap as Plateia writes it", id="runs"),
        pytest.param(encode(bits.pack(mask_of(np.array([1]))), 2), "outside their block", id="of another block"),
        pytest.param(encode(bits.pack(mask_of(np.arange(5_000))), 0)[:-1], "buffer", id="cut short"),
    ],
)
def test_other_bytes_are_refused(data: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        decode(data, 0)


def test_hash_is_the_first_eight_bytes_of_sha256_signed() -> None:
    # sha256("") = e3b0c44298fc1c14…
    assert content_hash(b"") == 0xE3B0C44298FC1C14 - 2**64
