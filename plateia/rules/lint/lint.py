"""All rules over all audiences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from plateia.catalogue import Catalogue
from plateia.rules.lint.findings import Finding, Findings, View
from plateia.rules.lint.judged import judged
from plateia.rules.lint.leaves.reader import LeafReader
from plateia.rules.lint.rules.always_true import always_true
from plateia.rules.lint.rules.closed_sets import closed_sets
from plateia.rules.lint.rules.contradictions import contradictions
from plateia.rules.lint.rules.future_windows import future_windows
from plateia.rules.lint.rules.never_did import never_did
from plateia.rules.lint.rules.twins import twins
from plateia.rules.lint.screening.screen import telling
from plateia.rules.tree import Audience

RULES: tuple[Callable[[View], Findings], ...] = (
    contradictions,
    always_true,
    closed_sets,
    future_windows,
    never_did,
)
RULES_BETWEEN: tuple[Callable[[Mapping[str, Audience]], Findings], ...] = (twins,)


def lint(audiences: Mapping[str, Audience], catalogue: Catalogue, *, today: date) -> list[Finding]:
    """Everything there is to warn about.

    Args:
        audiences: Sound audiences by key.
        catalogue: What they are bound to.
        today: The latest local date of their sites: what lies after it is the future everywhere.

    Returns:
        Findings by file, the line of the audience and key path.
    """
    reader = LeafReader(catalogue, today)
    found: list[Finding] = []
    for audience in audiences.values():
        leaves = telling(audience.rule, audience.exclude, catalogue, today)
        view = View(audience, judged(audience.rule, reader, leaves), reader) if leaves else None
        if view is not None and view.is_notable:
            for rule in RULES:
                found += rule(view)
    for between in RULES_BETWEEN:
        found += between(audiences)
    return sorted(found, key=_place)


def _place(finding: Finding) -> tuple[str, int, str]:
    where = finding.audience.where
    return where.file or "", where.line or 0, str(finding.path)
