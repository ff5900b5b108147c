"""Most rules are plain: no leaf has anything that could decide it, and no two are about the same thing.

Those need no claims, which is what makes 180,000 audiences cheap. To be on the safe side costs time, not warnings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from datetime import date
from itertools import combinations

from plateia.catalogue import Catalogue
from plateia.rules.lint.leaves.windows import contains
from plateia.rules.lint.screening.atoms import Atoms, filter_atoms
from plateia.rules.lint.screening.plain import is_plain_leaf
from plateia.rules.tree import (
    AudienceNode,
    EventNode,
    Group,
    ListNode,
    Node,
    ScoreNode,
    SequenceNode,
    TraitNode,
    Window,
    children,
    walk,
)

_MOST_COMPARED = 8  # leaves about one thing; more of them are all judged
Rows = tuple[Atoms | None, Window | None]  # what filters them and when: None is everything
_EVERYTHING: Rows = (None, None)


def telling(rule: Node, exclude: Iterable[str], catalogue: Catalogue, today: date) -> frozenset[int]:
    """The leaves (by ``id``) that may decide anything, alone or with others; of most rules there is none."""
    leaves = [node for node in walk(rule) if not children(node)]
    plain = [is_plain_leaf(leaf, catalogue, today) for leaf in leaves]
    about: dict[Hashable, list[tuple[Node | None, bool, Rows]]] = defaultdict(list)
    for key in exclude:
        about["audience", key].append((None, True, _EVERYTHING))
    for leaf, is_plain in zip(leaves, plain, strict=True):
        for subject, rows in _subjects(leaf):
            about[subject].append((leaf, is_plain, rows))
    found = {id(leaf) for leaf, is_plain in zip(leaves, plain, strict=True) if not is_plain}
    for named in about.values():
        if len(named) > 1 and (not all(is_plain for _, is_plain, _ in named) or _overlap([r for _, _, r in named])):
            found.update(id(leaf) for leaf, _, _ in named if leaf is not None)
    return frozenset(found)


def repeats_groups(rule: Node) -> bool:
    """Whether two groups may be each other's opposite: something is negated, and two are about the same things."""
    groups = [node for node in walk(rule) if children(node)]
    if not any(isinstance(node, Group) and node.op in ("none", "xor") for node in groups):
        return False
    seen: set[Hashable] = set()
    for group in groups:
        about = frozenset(subject for node in walk(group) if not children(node) for subject, _ in _subjects(node))
        if about in seen:
            return True
        seen.add(about)
    return False


def _subjects(leaf: Node) -> Iterator[tuple[Hashable, Rows]]:
    match leaf:
        case TraitNode():
            yield ("trait", leaf.trait), _EVERYTHING
        case EventNode():
            yield ("event", leaf.event), (filter_atoms(leaf.where), leaf.window)
        case AudienceNode():
            yield ("audience", leaf.audience), _EVERYTHING
        case ListNode():
            yield ("list", leaf.file), _EVERYTHING
        case ScoreNode():
            yield ("score", leaf.score), _EVERYTHING
        case SequenceNode():
            for event in {step.event for step in leaf.steps}:
                yield ("event", event), _EVERYTHING
        case _:
            yield "related", _EVERYTHING


def _overlap(rows: Sequence[Rows]) -> bool:
    """Whether what is said of some of the rows may say something of others."""
    if len(rows) > _MOST_COMPARED:
        return True
    return any(_may_overlap(one, other) for one, other in combinations(rows, 2))


def _may_overlap(one: Rows, other: Rows) -> bool:
    (one_filter, one_window), (other_filter, other_window) = one, other
    if None not in (one_filter, other_filter) and one_filter != other_filter:
        return False
    return contains(one_window, other_window) or contains(other_window, one_window)
