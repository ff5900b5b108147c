"""Suites of expectations: what a table must be before anyone may read it. No reading, no writing, no clock."""

from transforms.quality.defaults import input_suite, table_suite
from transforms.quality.keys import is_default
from transforms.quality.limits import check_limits
from transforms.quality.results import QualityResult, SuiteFacts, refused, warned
from transforms.quality.run import run_suite

__all__ = [
    "QualityResult",
    "SuiteFacts",
    "check_limits",
    "input_suite",
    "is_default",
    "refused",
    "run_suite",
    "table_suite",
    "warned",
]
