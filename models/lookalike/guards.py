"""When a lookalike is refused: too small a seed, too large a one, or no better than ranking by activity."""

from __future__ import annotations

from dataclasses import dataclass

from models.lookalike.evaluation import Evaluation


@dataclass(frozen=True)
class Limits:
    """Shares are fractions of 1; ``min_gain`` is against the activity-only ranking, and None does not ask."""

    min_seed: int = 50
    max_seed: float = 0.5
    min_gain: float | None = None


def judge_seed(seed: int, people: int, limits: Limits) -> str | None:
    """Why a seed of this many of the site's people is refused, or None."""
    if seed < limits.min_seed:
        return f"the seed has {seed} people; at least {limits.min_seed} are needed (min_seed)"
    if seed > limits.max_seed * people:
        return f"the seed is {seed} of {people} people; at most {limits.max_seed:.0%} are allowed (max_seed)"
    return None


def judge_model(found: Evaluation, limits: Limits) -> str | None:
    """Why a model is refused, or None."""
    if limits.min_gain is not None and found.gain < limits.min_gain:
        return (
            f"the model finds {found.recall:.1%} of the held-out seed in its top tenth, ranking by activity alone "
            f"{found.activity_recall:.1%}: a gain of {found.gain:.1%}, less than {limits.min_gain:.1%} "
            "(min_gain_over_activity)"
        )
    return None
