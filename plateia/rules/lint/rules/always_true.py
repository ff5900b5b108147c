"""Conditions that everyone meets."""

from __future__ import annotations

from plateia.rules.lint.causes import Cause
from plateia.rules.lint.conflict import conflict
from plateia.rules.lint.findings import Finding, Findings, View

_COUNTED = {"xor": "conditions of which {met} exactly one", "n_of": "conditions of which {met} that many"}


def always_true(view: View) -> Findings:
    """Warn where a node holds for everyone, or a filter for every row."""
    for cause in view.causes:
        if cause.claim.is_always and cause.reason != "window" and not _waits(view, cause):
            yield _said(view, cause)


def _waits(view: View, cause: Cause) -> bool:
    """Whether ``none`` holds for everyone only until a window begins, which is told there."""
    windows = [other.path for other in view.causes if other.reason == "window"]
    return cause.op == "none" and any(path[: len(cause.path)] == cause.path for path in windows)


def _said(view: View, cause: Cause) -> Finding:
    met = "every row meets" if cause.is_filter else "everyone meets"
    wants = "a condition that tells rows apart" if cause.is_filter else "a condition that tells people apart"
    return view.find(cause.place, _got(cause, met), wants, view.outcome)


def _got(cause: Cause, met: str) -> str:
    if cause.op in _COUNTED:
        return _COUNTED[cause.op].format(met=met)
    if cause.op == "none":
        return f"a condition that {met}, as what it rules out can never be"
    found = conflict([(path, claim.if_false) for path, claim in cause.parts])
    if found is None:
        return f"a condition that {met}"
    return f"{found.parts} that leave nothing out, at {found.places}: {met} one of them"
