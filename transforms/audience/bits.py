"""Sets of people of a block as packed bits: person ``i`` of the block is bit ``i % 64`` of word ``i // 64``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from transforms.audience.plan import Op

Words = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]

_WORD = np.dtype("<u8")


def n_words(n_people: int) -> int:
    """Words that hold one bit a person."""
    return -(-n_people // 64)


def pack(mask: Mask) -> Words:
    """One boolean a person to words; the last word is filled with zeros."""
    packed = np.packbits(mask, bitorder="little")
    if packed.size % 8:
        packed = np.concatenate([packed, np.zeros(-packed.size % 8, dtype=np.uint8)])
    return packed.view(_WORD)


def unpack(words: Words, n_people: int) -> Mask:
    """Words to one boolean a person."""
    return np.unpackbits(words.view(np.uint8), count=n_people, bitorder="little").view(np.bool_)


def fit(words: Words, n: int) -> Words:
    """Words cut, or filled up with zeros, to ``n``."""
    if words.size >= n:
        return words[:n]
    return np.concatenate([words, np.zeros(n - words.size, dtype=words.dtype)])


def count(words: Words) -> int:
    """How many bits are set."""
    return int(np.bitwise_count(words).sum(dtype=np.int64))


def combine(op: Op, arguments: Sequence[Words], n: int = 0) -> Words:
    """Apply one operation to at least one argument; ``none`` sets the bits past the last person, too."""
    match op:
        case Op.ALL:
            return _fold(np.bitwise_and, arguments)
        case Op.ANY:
            return _fold(np.bitwise_or, arguments)
        case Op.NONE:
            result = _fold(np.bitwise_or, arguments)
            return np.invert(result, out=result)
        case Op.XOR:
            return _exactly_one(arguments)
        case Op.N_OF:
            return _at_least(n, arguments)
        case Op.CHOSEN:
            raise ValueError("a selection is no operation on bits alone")


def _fold(operation: np.ufunc, arguments: Sequence[Words]) -> Words:
    if len(arguments) == 1:
        return arguments[0].copy()
    result: Words = operation(arguments[0], arguments[1])
    for words in arguments[2:]:
        operation(result, words, out=result)
    return result


def _exactly_one(arguments: Sequence[Words]) -> Words:
    once, twice = arguments[0].copy(), np.zeros_like(arguments[0])
    for words in arguments[1:]:
        twice |= once & words
        once |= words
    return once & ~twice


def _at_least(n: int, arguments: Sequence[Words]) -> Words:
    # reached[k] holds who met at least k + 1 of the children seen so far.
    reached = [np.zeros_like(arguments[0]) for _ in range(n)]
    for words in arguments:
        for k in range(n - 1, 0, -1):
            reached[k] |= reached[k - 1] & words
        if n:
            reached[0] |= words
    return reached[-1] if n else np.full_like(arguments[0], np.iinfo(np.uint64).max)
