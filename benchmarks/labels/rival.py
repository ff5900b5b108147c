"""Splink alone: its own clusters, at thresholds of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.labels.dataset import Dataset
from benchmarks.labels.evaluation import Labels
from models.splink_edges.edges import scored

if TYPE_CHECKING:
    from splink import Linker

THRESHOLDS = (0.5, 0.9, 0.99)


def splink_clusters(linker: Linker, dataset: Dataset) -> dict[str, Labels]:
    """Way and threshold -> the cluster of each record.

    The ways are the connected components of pairs and, where a file has a person once, single best links.
    """
    predicted = linker.inference.predict(threshold_match_probability=min(THRESHOLDS))
    cluster = linker.clustering.cluster_pairwise_predictions_at_threshold
    found = {
        f"Splink at {threshold}": _in_order(
            cluster(predicted, threshold_match_probability=threshold).as_record_list(), "record", dataset
        )
        for threshold in THRESHOLDS
    }
    once = [kind for kind, rules in dataset.identifiers.items() if rules.get("max_per_person") == 1]
    if once:
        pairs = scored(linker, record="record", at_least=min(THRESHOLDS))
        found |= {f"Splink, best links at {at}": _best_links(pairs, dataset, once, at) for at in THRESHOLDS}
    return found


def _best_links(pairs: pa.Table, dataset: Dataset, once: list[str], threshold: float) -> Labels:
    """What ``cluster_using_single_best_links`` does; that asks for a linker of several tables, this for pairs."""
    from splink import DuckDBAPI
    from splink.internals.one_to_one_clustering import one_to_one_clustering

    likely = pairs.filter(pc.greater_equal(pairs["confidence"], threshold))
    kinds = dict(zip(dataset.names, dataset.kinds, strict=True))
    edges = {"match_probability": likely["confidence"]}
    for side, end in (("l", "record_a"), ("r", "record_b")):
        edges[f"node_id_{side}"] = likely[end]
        edges[f"source_dataset_{side}"] = pa.array([kinds[name] for name in likely[end].to_pylist()])
    api = DuckDBAPI()
    found = one_to_one_clustering(
        nodes_table=api.register(pa.table({"node_id": dataset.names, "source_dataset": list(dataset.kinds)})),
        edges_table=api.register(pa.table(edges)),
        node_id_column_name="node_id",
        source_dataset_column_name="source_dataset",
        edge_id_column_name_left="node_id_l",
        edge_id_column_name_right="node_id_r",
        duplicate_free_datasets=once,
        ties_method="lowest_id",
        db_api=api,
        threshold_match_probability=threshold,
    )
    return _in_order(found.as_record_list(), "node_id", dataset)


def _in_order(rows: list[dict[str, object]], record: str, dataset: Dataset) -> Labels:
    cluster = {row[record]: str(row["cluster_id"]) for row in rows}
    return np.array([cluster[name] for name in dataset.names])
