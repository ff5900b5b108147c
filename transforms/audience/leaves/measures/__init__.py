"""Measures of a block's events: one value a place, from the events that match a filter within a window."""

from transforms.audience.leaves.measures.folds import Daily, Fold, fold_of, measure
from transforms.audience.leaves.measures.matches import Events, Keys, Matches, keys_at, reached

__all__ = ["Daily", "Events", "Fold", "Keys", "Matches", "fold_of", "keys_at", "measure", "reached"]
