"""Conditions that nobody can meet, because they exclude each other."""

from __future__ import annotations

from plateia.rules.lint.causes import Cause
from plateia.rules.lint.conflict import conflict
from plateia.rules.lint.findings import Finding, Findings, View

_COUNTED = {"xor": "conditions of which {met} exactly one", "n_of": "conditions of which {met} that many"}


def contradictions(view: View) -> Findings:
    """Warn where nodes or filters exclude each other, and where ``exclude`` takes out all that the rule finds."""
    for cause in view.causes:
        if cause.claim.is_never and cause.reason == "conditions":
            yield _said(view, cause)
    if view.emptied_by is not None:
        key = view.audience.exclude[view.emptied_by]
        got = f"the exclusion of {key}, of which everyone is a member whom the rule finds"
        yield view.find(("exclude", view.emptied_by), got, "an exclusion that leaves somebody", view.outcome)


def _said(view: View, cause: Cause) -> Finding:
    met = "no row can meet" if cause.is_filter else "nobody can meet"
    wants = "conditions that some row can meet" if cause.is_filter else "conditions that somebody can meet"
    return view.find(cause.place, _got(cause, met), wants, view.outcome)


def _got(cause: Cause, met: str) -> str:
    if cause.op in _COUNTED:
        return _COUNTED[cause.op].format(met=met)
    is_none = cause.op == "none"
    found = conflict([(path, claim.if_false if is_none else claim.if_true) for path, claim in cause.parts])
    if found is None:
        return f"{cause.about}: {met} this" if cause.about else f"a condition that {met}"
    how = "of which one always holds" if is_none else "that exclude each other"
    return f"{found.parts} {how}, at {found.places}: {met} this"
