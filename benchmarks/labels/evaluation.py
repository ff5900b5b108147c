"""How well clusters of records are the persons that are known to be behind them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Labels = npt.NDArray[np.generic]


class Score(NamedTuple):
    """Precision, recall and their harmonic mean."""

    precision: float
    recall: float
    f1: float


class Evaluation(NamedTuple):
    """Three measures of one clustering.

    Attributes:
        pairwise: Of pairs of records in one cluster (Hassanzadeh and others, VLDB 2009).
        b_cubed: The mean over records of what shares their cluster (Bagga and Baldwin, 1998).
        cluster: Of clusters that are a person's records, all of them and nothing else.
    """

    pairwise: Score
    b_cubed: Score
    cluster: Score


def evaluate(clusters: Labels, truth: Labels) -> Evaluation:
    """Compare two partitions of the same records.

    Args:
        clusters: The cluster of each record, whatever its name.
        truth: The person of each record, in the same order.
    """
    if len(clusters) != len(truth):
        raise ValueError(f"got {len(clusters)} records in clusters and {len(truth)} in truth; expected the same")
    found, found_sizes = _numbered(clusters)
    real, real_sizes = _numbered(truth)
    both, both_sizes = np.unique(found * len(real_sizes) + real, return_counts=True)
    in_cluster, in_person = found_sizes[both // len(real_sizes)], real_sizes[both % len(real_sizes)]
    squares = both_sizes.astype(np.float64) ** 2
    exact = int(((both_sizes == in_cluster) & (both_sizes == in_person)).sum())
    return Evaluation(
        pairwise=_score(_pairs(both_sizes), _pairs(found_sizes), _pairs(real_sizes)),
        b_cubed=_of(_mean(squares / in_cluster, len(found)), _mean(squares / in_person, len(found))),
        cluster=_score(exact, len(found_sizes), len(real_sizes)),
    )


def _numbered(labels: Labels) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    _, numbers, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    return numbers.astype(np.int64), sizes.astype(np.int64)


def _pairs(sizes: npt.NDArray[np.int64]) -> int:
    return int((sizes * (sizes - 1) // 2).sum())


def _mean(parts: npt.NDArray[np.float64], records: int) -> float:
    return float(parts.sum() / records) if records else 1.0


def _score(right: int, found: int, real: int) -> Score:
    """Nothing found is nothing wrong, and nothing to find is nothing missed."""
    return _of(right / found if found else 1.0, right / real if real else 1.0)


def _of(precision: float, recall: float) -> Score:
    total = precision + recall
    return Score(precision, recall, 2 * precision * recall / total if total else 0.0)
