"""Measures of a block's events: one value a place, from the events that match a filter within a window."""

from transforms.audience.leaves.measures.folds import DailyFold, Fold, daily_fold, fold_of, measure
from transforms.audience.leaves.measures.matches import Events, Keys, Matches, reached

__all__ = ["DailyFold", "Events", "Fold", "Keys", "Matches", "daily_fold", "fold_of", "measure", "reached"]
