"""The guard rails of identity resolution in this process, on all edges at once: what the command must come to."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from benchmarks.labels.company import SOURCE, Company
from benchmarks.labels.evaluation import Labels
from transforms.identity.guard.replay import Edge, Replay, Vertex


def replayed_clusters(company: Company, edges: pa.Table) -> Labels:
    """The cluster of each record.

    Components that break no rule are replayed, too: nothing in them is refused.

    Args:
        edges: Between identifiers, as the company has them.
    """
    dataset, rules = company.dataset, company.rules
    places = {kind.name: place for place, kind in enumerate(rules.kinds)}
    numbers = {value: number for number, value in enumerate(dataset.values)}
    replay = Replay(rules, {number: Vertex(places[dataset.kinds[number]], False) for number in numbers.values()})
    inner = company.inner_tokens
    rows = []
    for a, b, confidence in zip(*(edges[name].to_pylist() for name in edges.column_names), strict=True):
        # An edge has its ends in the order of their types, then of their tokens.
        one, other = sorted((numbers[a], numbers[b]), key=lambda end: (places[dataset.kinds[end]], inner[end]))
        priority = min(rules.kinds[places[dataset.kinds[end]]].priority for end in (one, other))
        rows.append(Edge(one, other, confidence, priority, (inner[one], inner[other]), SOURCE, None, False, confidence))
    for _ in replay.run(rows):
        pass
    return np.array([replay.groups[numbers[value]].least for value in dataset.values])
