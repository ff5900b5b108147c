"""The model: a logistic regression of the seed against everybody else, kept as one weight a feature.

Strong regularisation and balanced classes: over 207 seeds of a real supermarket this matched boosted trees and beat
centroids and log-odds sums on what people bought later, and a linear score is one matrix product for any number of
lookalikes. How strong is best differs from seed to seed, and is chosen within the part of the seed that is fitted on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

STRENGTHS = (0.001, 0.01, 0.1)  # inverse regularisation, the simplest model first
_CHUNK_ROWS = 16_384

Matrix = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class LinearModel:
    """``score = x · weights + intercept`` over unstandardised features; ``importance`` is the weight a deviation."""

    weights: Floats
    intercept: float
    importance: Floats


def fit_logistic(features: Matrix, seed: Mask, *, used: Mask, inverse_regularisation: float) -> LinearModel:
    """Fit on rows in the given order; the same rows give the same bytes.

    Args:
        features: One row a person, one column a feature.
        seed: The rows that are the seed.
        used: The columns the model may see; the others, and constant ones, get weight 0.
    """
    values = features.astype(np.float64)
    mean, deviation = values.mean(axis=0), values.std(axis=0)
    live = used & (deviation > 0)
    standard = (values[:, live] - mean[live]) / deviation[live]
    # One thread: the order of additions, hence the last bits, must not depend on the machine's core count.
    with threadpool_limits(limits=1):
        fitted = LogisticRegression(C=inverse_regularisation, class_weight="balanced", max_iter=1_000, tol=1e-8)
        fitted.fit(standard, seed)
    importance = np.zeros(features.shape[1])
    importance[live] = fitted.coef_[0]
    weights = np.divide(importance, deviation, out=np.zeros_like(importance), where=live)
    return LinearModel(weights, float(fitted.intercept_[0] - weights @ mean), importance)


def score_rows(features: Matrix, weights: Floats, intercepts: Floats) -> Matrix:
    """Scores, one row a person and one column a model (``weights`` has one column a model).

    Computed in double precision and rounded once, so that people with equal features tie exactly wherever they stand.
    """
    scores = np.empty((len(features), weights.shape[1]), dtype=np.float32)
    for start in range(0, len(features), _CHUNK_ROWS):
        rows = slice(start, start + _CHUNK_ROWS)
        scores[rows] = features[rows].astype(np.float64) @ weights + intercepts
    return scores
