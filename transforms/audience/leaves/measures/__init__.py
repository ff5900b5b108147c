"""Measures of a block's events: one value a place, from the events that match a filter within a window."""

from transforms.audience.leaves.measures.folds import Daily, Fold, fold_of, measure
from transforms.audience.leaves.measures.matches import Events, Keys, Matches, keys_at, reached
from transforms.audience.leaves.measures.seats import Seats, are_few

__all__ = ["Daily", "Events", "Fold", "Keys", "Matches", "Seats", "are_few", "fold_of", "keys_at", "measure", "reached"]
