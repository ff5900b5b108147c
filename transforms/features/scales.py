"""Transforms of a feature's numbers, fixed once the schema is frozen."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

Scale = Literal["none", "log1p", "zscore", "bucket"]
Floats = npt.NDArray[np.float64]


def scale(numbers: Floats, by: Scale, *, mean: float, deviation: float) -> Floats:
    """Transform numbers; ``mean`` and ``deviation`` are the frozen ones of all people and serve ``zscore`` only.

    ``log1p`` keeps the sign (a net refund of 5 is the mirror image of 5 spent). ``bucket`` is the power of two that
    |x| + 1 has reached: 0, 1-2, 3-6, 7-14 …, with the sign. A ``zscore`` without deviation is 0.
    """
    if by == "log1p":
        return _mirrored(np.log1p(np.abs(numbers)), numbers)
    if by == "bucket":
        return _mirrored(np.floor(np.log2(np.abs(numbers) + 1)), numbers)
    if by == "zscore":
        return (numbers - mean) / deviation if deviation > 0 else np.zeros_like(numbers)
    return numbers


def _mirrored(sizes: Floats, numbers: Floats) -> Floats:
    return np.where(numbers < 0, -sizes, sizes)
