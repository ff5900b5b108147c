"""Windows in which nothing can have happened."""

from __future__ import annotations

from plateia.rules.lint.findings import Findings, View
from plateia.rules.lint.leaves.windows import is_empty
from plateia.rules.tree import Dates


def future_windows(view: View) -> Findings:
    """Warn about windows on what has happened that begin after today, or end before they begin."""
    for cause in view.causes:
        if cause.reason != "window":
            continue
        if is_empty(cause.window):
            yield view.find(cause.path, "a window that ends before it begins", "a window that holds time", view.outcome)
        else:
            since = f" on {cause.window.since}" if isinstance(cause.window, Dates) else ""
            got = f"a window that begins{since}, in the future: nothing has happened there yet"
            until = view.outcome and f"Until then: {view.outcome[0].lower()}{view.outcome[1:]}"
            yield view.find(cause.path, got, "a window in the past", until)
