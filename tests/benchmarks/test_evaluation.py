"""Precision and recall of clusterings, against counting one by one."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from benchmarks.labels.evaluation import Score, evaluate


def _f1(precision: float, recall: float) -> Score:
    total = precision + recall
    return Score(precision, recall, 2 * precision * recall / total if total else 0.0)


def _groups(labels: list[int]) -> list[frozenset[int]]:
    return [frozenset(i for i, label in enumerate(labels) if label == one) for one in sorted(set(labels))]


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def _counted(clusters: list[int], truth: list[int]) -> list[Score]:
    pairs = list(combinations(range(len(truth)), 2))
    found = {(i, j) for i, j in pairs if clusters[i] == clusters[j]}
    real = {(i, j) for i, j in pairs if truth[i] == truth[j]}
    ours, theirs = _groups(clusters), _groups(truth)
    mine = [next(group for group in ours if i in group) for i in range(len(truth))]
    yours = [next(group for group in theirs if i in group) for i in range(len(truth))]
    n = len(truth)
    b_precision = sum(len(a & b) / len(a) for a, b in zip(mine, yours, strict=True)) / n
    b_recall = sum(len(a & b) / len(b) for a, b in zip(mine, yours, strict=True)) / n
    exact = len(set(ours) & set(theirs))
    return [
        _f1(_ratio(len(found & real), len(found)), _ratio(len(found & real), len(real))),
        _f1(b_precision, b_recall),
        _f1(exact / len(ours), exact / len(theirs)),
    ]


@pytest.mark.parametrize("seed", range(40))
def test_measures_are_what_counting_gives(seed: int) -> None:
    random = np.random.default_rng(seed)
    records, most = int(random.integers(1, 14)), int(random.integers(1, 8))
    clusters, truth = random.integers(0, most, (2, records))
    for measured, counted in zip(evaluate(clusters, truth), _counted(clusters.tolist(), truth.tolist()), strict=True):
        assert measured == pytest.approx(counted, abs=1e-12)


def test_names_of_clusters_do_not_matter() -> None:
    truth = np.array(["ana", "ana", "bo", "cy"])
    assert all(score == (1, 1, 1) for score in evaluate(np.array([7, 7, 1, 3]), truth))


def test_everybody_alone_finds_no_pair_and_is_never_wrong() -> None:
    pairwise = evaluate(np.arange(4), np.array([1, 1, 2, 2])).pairwise
    assert pairwise == (1.0, 0.0, 0.0)


def test_records_of_one_side_only_are_refused() -> None:
    with pytest.raises(ValueError, match="3 records"):
        evaluate(np.arange(3), np.arange(4))
