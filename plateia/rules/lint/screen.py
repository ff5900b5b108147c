"""Most rules are plain: no leaf has anything that could decide it, and no two are about the same thing.

Those need no claims, which is what makes 180,000 audiences cheap. To be on the safe side costs time, not warnings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations

from plateia.catalogue import Attribute, Catalogue
from plateia.rules.lint.atoms import filter_atoms, window_atom
from plateia.rules.tree import (
    AudienceNode,
    Condition,
    Dates,
    EventNode,
    Filter,
    FilterGroup,
    Group,
    ListNode,
    Measure,
    Node,
    PropertyTest,
    ScoreNode,
    SequenceNode,
    TraitNode,
    Window,
    children,
    walk,
)

_RARE = ("between", "missing")  # and worth a closer look
_MOST_COMPARED = 8  # leaves about one thing; more of them are all judged
Rows = tuple[Hashable, Hashable]  # what filters them and when: None is everything
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
            yield ("event", leaf.event), (filter_atoms(leaf.where), window_atom(leaf.window))
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
    return all(None in (mine, theirs) or mine == theirs for mine, theirs in zip(one, other, strict=True))


def is_plain_leaf(leaf: Node, catalogue: Catalogue, today: date) -> bool:
    """Whether there is nothing to be said about a leaf alone."""
    match leaf:
        case TraitNode():
            return _is_plain_condition(leaf.condition, catalogue.traits.get(leaf.trait))
        case EventNode():
            found = catalogue.events.get(leaf.event)
            return (
                _has_begun(leaf.window, today)
                and _is_plain_measure(leaf.measure)
                and is_plain_filter(leaf.where, found.properties if found else {})
            )
        case AudienceNode():
            return _has_begun(leaf.entered, today)
        case ListNode():
            return True
    return False  # sequences, scores and relations are few


def _is_plain_measure(measure: Measure) -> bool:
    if measure.kind in ("first", "last"):
        return not isinstance(measure.window, Dates)
    if measure.condition is None:
        return True
    if len(measure.condition.tests) != 1:
        return False
    (test,) = measure.condition.tests
    if measure.kind == "count":
        return isinstance(test.value, int) and test.op in ("eq", "gt", "gte") and test.value > 0
    return measure.kind in ("sum", "avg") and test.op in ("gt", "gte")


def is_plain_filter(where: Filter | None, attributes: Mapping[str, Attribute]) -> bool:
    """Whether some rows pass a filter and some do not, for all that is known."""
    if where is None:
        return True
    if isinstance(where, PropertyTest):
        return _is_plain_condition(where.condition, attributes.get(where.property))
    names = list(_properties(where))
    return len(set(names)) == len(names) and all(is_plain_filter(item, attributes) for item in where.items)


def _properties(where: Filter) -> Iterator[str]:
    if isinstance(where, FilterGroup):
        for item in where.items:
            yield from _properties(item)
    else:
        yield where.property


def _is_plain_condition(condition: Condition, attribute: Attribute | None) -> bool:
    if len(condition.tests) != 1:
        return False
    (test,) = condition.tests
    values = test.value if isinstance(test.value, tuple) else (test.value,)
    if attribute is None or attribute.values is None:
        return test.op not in _RARE and not isinstance(values[0], Condition | Dates | bool)
    return test.op in ("eq", "in") and any(value in attribute.values for value in values)


def _has_begun(window: Window | None, today: date) -> bool:
    if not isinstance(window, Dates):
        return True
    return window.since is None or (window.since <= today and (window.until is None or window.since < window.until))
