"""What a fuzzy match is: a model of Splink that is declared before any record is seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from splink.internals.comparison_creator import ComparisonCreator


@dataclass(frozen=True)
class Matching:
    """Comparisons, blocking and training, in Splink's own words.

    Attributes:
        comparisons: Of ``splink.comparison_library``, or dictionaries that say the same.
        blocking: SQL over ``l`` and ``r``: pairs that any of them holds for are scored.
        certain: SQL rules that hardly ever err, by which the share of matches among all pairs is estimated.
        recall: The share of all matches that ``certain`` finds, a guess.
        training: SQL rules, one estimation (EM) each; together they must leave every comparison free once.
    """

    comparisons: Sequence[ComparisonCreator | dict[str, Any]]
    blocking: Sequence[str]
    certain: Sequence[str]
    recall: float
    training: Sequence[str]
