"""Splink alone against the same scores under our guard rails, on one data set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.labels.company import Company
from benchmarks.labels.dataset import Dataset
from benchmarks.labels.evaluation import Evaluation, Labels, evaluate
from benchmarks.labels.replaying import replayed_clusters
from benchmarks.labels.resolving import resolved_clusters
from benchmarks.labels.rival import splink_clusters
from benchmarks.measuring import Row, measured
from models.splink_edges.edges import scored
from models.splink_edges.training import train

MEASURES = Evaluation._fields
F1 = tuple[float, ...]


@dataclass(frozen=True)
class Compared:
    """What both sides make of a data set; ``costs`` are the rows of their work."""

    name: str
    splink: Mapping[str, Evaluation]
    ours: Evaluation
    costs: list[Row]

    @property
    def best(self) -> F1:
        """The best F1 of Splink in each measure, by the way and at the threshold that are best for it."""
        return tuple(max(values) for values in zip(*(f1_of(one) for one in self.splink.values()), strict=True))

    def judged(self) -> Row:
        """Whether we are below Splink's best nowhere."""
        ours, cost = f1_of(self.ours), self.costs[-1]
        met = all(mine >= best for mine, best in zip(ours, self.best, strict=True))
        bar = f"not below Splink's best: {shown(self.best)}"
        return Row(f"{self.name}: F1 {shown(ours)}", cost.wall_s, cost.core_s, cost.rss_mb, bar, met)

    def facts(self) -> dict[str, str]:
        """Precision and recall of every clustering."""
        splink = {f"{self.name}, {way}": _told(one) for way, one in self.splink.items()}
        return {**splink, f"{self.name}, ours": _told(self.ours)}


def compare(dataset: Dataset, *, folder: Path, seed: int) -> Compared:
    """Train once, then cluster by both.

    Args:
        folder: Where the company of the data set is written.
        seed: Of Splink's training.

    Raises:
        SystemExit: The command comes to other persons than the guard rails in this process.
    """
    linker, *training = measured(lambda: train(dataset.records, dataset.matching, record="record", seed=seed))
    pairs, *scoring = measured(lambda: scored(linker, record="record", at_least=dataset.at_least))
    clusters, *clustering = measured(lambda: splink_clusters(linker, dataset))
    company, edges = Company(folder, dataset), dataset.identified(pairs)
    company.write(edges)
    persons, *resolving = measured(lambda: resolved_clusters(company))
    if not same_partition(persons, replayed_clusters(company, edges)):
        raise SystemExit(f"{dataset.name}: resolve-identities and the replay of all its edges do not agree")
    works = {
        f"Splink trains on {dataset.records.num_rows:,} records": training,
        f"{edges.num_rows:,} edges of at least {dataset.at_least}": scoring,
        f"Splink clusters, {len(clusters)} times": clustering,
        "resolve-identities": resolving,
    }
    return Compared(
        name=dataset.name,
        splink={way: evaluate(found, dataset.truth) for way, found in clusters.items()},
        ours=evaluate(persons, dataset.truth),
        costs=[
            Row(f"{dataset.name}: {what}", wall_s, core_s, rss_mb) for what, (wall_s, core_s, rss_mb) in works.items()
        ],
    )


def f1_of(evaluation: Evaluation) -> F1:
    """The F1 of each measure."""
    return tuple(score.f1 for score in evaluation)


def shown(values: F1) -> str:
    """An F1 a measure, as it is printed."""
    return ", ".join(f"{name} {value:.5f}" for name, value in zip(MEASURES, values, strict=True))


def same_partition(one: Labels, other: Labels) -> bool:
    """Whether two partitions are one, whatever their clusters are called."""
    pairs = np.stack([np.unique(labels, return_inverse=True)[1] for labels in (one, other)])
    both = len(np.unique(pairs, axis=1).T)
    return both == len(np.unique(one)) == len(np.unique(other))


def _told(evaluation: Evaluation) -> str:
    named = zip(MEASURES, evaluation, strict=True)
    return "; ".join(f"{name} P {one.precision:.5f} R {one.recall:.5f} F1 {one.f1:.5f}" for name, one in named)
