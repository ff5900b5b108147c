"""How well a ranking finds people of the seed that it was not shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from transforms.tickets import Tickets

TOP_SHARE = 0.10
CURVE_PERCENTS = (1, 2, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100)


@dataclass(frozen=True)
class Pool:
    """Everybody a ranking is tried on: the people outside the seed, and among them the held-out part of the seed.

    ``weights`` says how many people a row stands for, where the people outside were sampled.
    """

    held_out: npt.NDArray[np.bool_]
    tickets: Tickets
    weights: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Evaluation:
    """Shares of the held-out seed found in the top shares of the pool; ``gain`` compares with ranking by activity."""

    recall: float
    lift: float
    activity_recall: float
    gain: float
    curve: tuple[tuple[int, float], ...]


def found_share(scores: npt.NDArray[np.floating], pool: Pool, *, top: float) -> float:
    """The share of the held-out seed among the best ``top`` (0 to 1) of the pool; ties by hashed person id."""
    order = np.lexsort((pool.tickets, scores))[::-1]
    weights = pool.weights[order]
    before = np.cumsum(weights) - weights
    chosen = before + weights / 2 <= top * weights.sum()
    held = pool.held_out[order]
    return float((weights * (held & chosen)).sum() / (weights * held).sum())


def evaluate(scores: npt.NDArray[np.floating], activity: npt.NDArray[np.floating], pool: Pool) -> Evaluation:
    """Compare the model's ranking with the trivial one: whoever does most comes first.

    A gain is relative: 0.5 finds half as many again. Where activity finds nobody, any find is an infinite gain.
    """
    recall = found_share(scores, pool, top=TOP_SHARE)
    trivial = found_share(activity, pool, top=TOP_SHARE)
    gain = recall / trivial - 1 if trivial else (float("inf") if recall else 0.0)
    curve = tuple((percent, found_share(scores, pool, top=percent / 100)) for percent in CURVE_PERCENTS)
    return Evaluation(recall, recall / TOP_SHARE, trivial, gain, curve)
