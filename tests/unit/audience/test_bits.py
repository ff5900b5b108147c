"""Every operation on packed bits says what its words say."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from transforms.audience import bits
from transforms.audience.plan import Op

_TRUTH: list[tuple[Op, int, Callable[[Sequence[bool]], bool]]] = [
    (Op.ALL, 0, all),
    (Op.ANY, 0, any),
    (Op.NONE, 0, lambda truths: not any(truths)),
    (Op.XOR, 0, lambda truths: sum(truths) == 1),
    (Op.N_OF, 1, lambda truths: sum(truths) >= 1),
    (Op.N_OF, 2, lambda truths: sum(truths) >= 2),
    (Op.N_OF, 4, lambda truths: sum(truths) >= 4),
]


@pytest.mark.parametrize(("op", "n", "truth"), _TRUTH, ids=[f"{op.name} {n}" for op, n, _ in _TRUTH])
@pytest.mark.parametrize("n_arguments", [1, 2, 3, 5])
@pytest.mark.parametrize("n_people", [1, 64, 1_000])
def test_combine(op: Op, n: int, truth: Callable[[Sequence[bool]], bool], n_arguments: int, n_people: int) -> None:
    masks = np.random.default_rng(n_arguments).random((n_arguments, n_people)) < 0.5
    arguments = [bits.pack(mask) for mask in masks]
    before = [words.copy() for words in arguments]
    found = bits.unpack(bits.combine(op, arguments, n), n_people)
    assert found.tolist() == [truth(column) for column in masks.T.tolist()]
    assert all(np.array_equal(words, old) for words, old in zip(arguments, before, strict=True))


@pytest.mark.parametrize("n_people", [0, 1, 63, 64, 65, 262_144])
def test_pack_unpack_count(n_people: int) -> None:
    mask = np.random.default_rng(n_people).random(n_people) < 0.3
    words = bits.pack(mask)
    assert words.size == bits.n_words(n_people)
    assert bits.count(words) == mask.sum()
    assert np.array_equal(bits.unpack(words, n_people), mask)
