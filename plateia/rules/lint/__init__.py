"""Warnings about what sound audiences mean: conditions that nobody can meet, or everyone does, and other slips.

Sound rather than complete: what is said is certain, whatever the data; what is certain is not always said. How: each
node claims which values are left of each subject where it is true, and where it is false (``claims``); where no value
is left, it never is.
"""

from plateia.rules.lint.findings import Finding
from plateia.rules.lint.lint import RULES, RULES_BETWEEN, lint

__all__ = ["RULES", "RULES_BETWEEN", "Finding", "lint"]
