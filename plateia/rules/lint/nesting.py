"""Windows within windows: who did it in the last week has done it in the last month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import permutations

from plateia.rules.lint.claims import Claim, both
from plateia.rules.lint.leaves.measured import is_positive
from plateia.rules.lint.leaves.reader import LeafReader
from plateia.rules.lint.leaves.rows import Rows
from plateia.rules.lint.leaves.windows import contains
from plateia.rules.lint.values.sets import AT_LEAST_ONE
from plateia.rules.tree import EventNode, Node, Window, walk

Implied = Mapping[str, Sequence[str]]  # count of events -> counts that are at least as large
_MOST_COMPARED = 16  # leaves of one event


def implied_counts(rule: Node, reader: LeafReader) -> Implied:
    """Of the events that the leaves of a rule count: which other leaves of it count them, too."""
    by_event: dict[str, list[tuple[Window | None, Rows]]] = defaultdict(list)
    for node in walk(rule):
        if isinstance(node, EventNode) and node.window is not None:
            by_event[node.event].append((node.window, reader.rows_of(node)))
    found: dict[str, list[str]] = defaultdict(list)
    for several in by_event.values():
        for (window, rows), (wider, others) in permutations(several[:_MOST_COMPARED], 2):
            if others.filtered in ("", rows.filtered) and contains(wider, window):
                found[rows.subject("count")].append(others.subject("count"))
    return found


def widened(claim: Claim, implied: Implied) -> Claim:
    """The claim of a leaf, and what it says of the wider windows."""
    happened = [subject for subject in claim.if_true or () if subject in implied and is_positive(claim, subject)]
    more = {wider: AT_LEAST_ONE for subject in happened for wider in implied[subject]}
    return Claim(both([claim.if_true, more]), claim.if_false) if more else claim
