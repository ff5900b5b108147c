"""Splink alone: its own clusters at a threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmarks.labels.dataset import Dataset
from benchmarks.labels.evaluation import Labels

if TYPE_CHECKING:
    from splink import Linker

THRESHOLDS = (0.5, 0.9, 0.99)


def splink_clusters(linker: Linker, dataset: Dataset) -> dict[float, Labels]:
    """Threshold -> the cluster of each record: the connected components of pairs that are at least as likely."""
    pairs = linker.inference.predict(threshold_match_probability=min(THRESHOLDS))
    return {
        threshold: _in_order(
            linker.clustering.cluster_pairwise_predictions_at_threshold(
                pairs, threshold_match_probability=threshold
            ).as_record_list(),
            dataset,
        )
        for threshold in THRESHOLDS
    }


def _in_order(rows: list[dict[str, object]], dataset: Dataset) -> Labels:
    cluster = {row["record"]: str(row["cluster_id"]) for row in rows}
    return np.array([cluster[name] for name in dataset.names])
