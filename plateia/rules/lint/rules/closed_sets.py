"""Conditions that ask for values that an attribute never has, by the closed set of its source."""

from __future__ import annotations

from plateia.rules.lint.findings import Findings, View


def closed_sets(view: View) -> Findings:
    """Warn where no value of a closed set is left. Single unknown values are told where they are read."""
    for cause in view.causes:
        if cause.claim.is_never and cause.reason == "closed set":
            got = "a condition that none of the values that its source declares can meet"
            yield view.find(cause.path, got, "a condition on values that there are", view.outcome)
