"""From a site's features and a seed to a model and an honest measure of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.lookalike.evaluation import TOP_SHARE, Evaluation, Pool, evaluate, found_share
from models.lookalike.logistic import STRENGTHS, LinearModel, Mask, Matrix, fit_logistic, score_rows
from transforms.tickets import Tickets, drawn, salted

HELD_OUT_SHARE = 0.20
_FOLDS = 3
MAX_ROWS = 200_000  # of the seed, and of the others: more change a linear model no further


@dataclass(frozen=True)
class TrainingSet:
    """One row a person, by ordinal: features, whether in the seed, hashed id, how many people the row stands for."""

    features: Matrix
    seed: Mask
    hashes: Tickets
    weights: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Trained:
    """A fitted model, what it finds, and how many people of the seed it was fitted on and tried on."""

    model: LinearModel
    evaluation: Evaluation
    inverse_regularisation: float
    seed_fitted: int
    seed_held_out: int


def sample_block(
    features: Matrix, seed: Mask, hashes: Tickets, *, key: str, seed_share: float, outside_share: float
) -> TrainingSet:
    """The rows of a block to train on: the drawn shares (0 to 1) of the seed and of the people outside it."""
    tickets = salted(hashes, f"{key}/sample")
    kept = np.where(seed, drawn(tickets, seed_share), drawn(tickets, outside_share))
    weights = np.where(seed, 1.0 / seed_share, 1.0 / outside_share)
    return TrainingSet(features[kept], seed[kept], hashes[kept], weights[kept])


def join_blocks(parts: Sequence[TrainingSet]) -> TrainingSet:
    """Rows of several blocks, in the given order."""
    return TrainingSet(
        np.concatenate([part.features for part in parts]),
        np.concatenate([part.seed for part in parts]),
        np.concatenate([part.hashes for part in parts]),
        np.concatenate([part.weights for part in parts]),
    )


def share_to_sample(people: int) -> float:
    """Which share of so many people to sample."""
    return min(1.0, MAX_ROWS / people) if people else 1.0


def held_out(hashes: Tickets, *, key: str) -> Mask:
    """The people who would be held out of the seed of lookalike ``key``, whichever seed it is."""
    return drawn(salted(hashes, f"{key}/held-out"), HELD_OUT_SHARE)


def train(rows: TrainingSet, *, key: str, used: Mask, activity: int) -> Trained | None:
    """Fit on the seed less its held-out fifth, and see where the ranking puts that fifth.

    The held-out part hides among the people outside the seed, in the fit as in the evaluation: it is treated like the
    unknown people that the model is to find. The model that is measured is the model that scores.

    Args:
        used: Columns that the model may see.
        activity: The column of the trivial ranking.

    Returns:
        None if the draw leaves nobody to fit on, or nobody to try on.
    """
    hidden = rows.seed & held_out(rows.hashes, key=key)
    known = rows.seed & ~hidden
    if not known.any() or not hidden.any():
        return None
    strength = _choose_strength(rows, known, key=key, used=used)
    model, scores = _fit_and_score(rows, known, used=used, strength=strength)
    pool = _pool(rows, known, hidden, key=key)
    found = evaluate(scores[~known], rows.features[~known, activity], pool)
    return Trained(model, found, strength, int(known.sum()), int(hidden.sum()))


def _choose_strength(rows: TrainingSet, known: Mask, *, key: str, used: Mask) -> float:
    """The regularisation that finds most of the known seed when a third of it hides; a tie goes to the simplest."""
    fold = salted(rows.hashes, f"{key}/fold") % np.uint64(_FOLDS)
    recalls = dict.fromkeys(STRENGTHS, 0.0)
    for number in range(_FOLDS):
        hidden = known & (fold == number)
        shown = known & ~hidden
        if not hidden.any() or not shown.any():
            continue
        pool = _pool(rows, shown, hidden, key=key)
        for strength in STRENGTHS:
            _, scores = _fit_and_score(rows, shown, used=used, strength=strength)
            recalls[strength] += found_share(scores[~shown], pool, top=TOP_SHARE)
    return max(STRENGTHS, key=lambda strength: (recalls[strength], -strength))


def _fit_and_score(
    rows: TrainingSet, known: Mask, *, used: Mask, strength: float
) -> tuple[LinearModel, npt.NDArray[np.float32]]:
    model = fit_logistic(rows.features, known, used=used, inverse_regularisation=strength)
    return model, score_rows(rows.features, model.weights[:, None], np.array([model.intercept]))[:, 0]


def _pool(rows: TrainingSet, known: Mask, hidden: Mask, *, key: str) -> Pool:
    return Pool(hidden[~known], salted(rows.hashes, key)[~known], rows.weights[~known])


def strongest(model: LinearModel, names: Sequence[str], *, limit: int = 10) -> list[tuple[str, float]]:
    """The features that move the score most, with their weight a standard deviation; the strongest first."""
    order = sorted(range(len(names)), key=lambda place: (-abs(model.importance[place]), names[place]))
    return [(names[place], float(model.importance[place])) for place in order[:limit] if model.importance[place]]
