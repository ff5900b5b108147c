"""Features that would only repeat the seed's own definition: a model that sees them learns the rule, not the people.

A feature repeats an event leaf of the seed's rule if it is of the same event type and its filter (its `where` and,
in a family, the value of the column) implies the leaf's. Windows play no part: what counted for the rule in one window
gives it away in another. A wider total (no filter, where the leaf has one) stays. A trait repeats a trait leaf of its
name. Implication is what the filters say, not what the data happen to hold: a category that lies within a department
is not known to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from plateia.rules import tree
from plateia.rules.intervals import intersect
from transforms.audience.atoms import Where, WhereGroup, WhereTest
from transforms.audience.compile_leaf import compile_filter
from transforms.audience.leaves.conditions import (
    Doubles,
    Integers,
    Missing,
    Moment,
    Nothing,
    Predicate,
    Texts,
    TextTest,
)
from transforms.features.plan import Feature
from transforms.features.schema import Column


@dataclass(frozen=True, slots=True)
class SeedLeaf:
    """What a leaf of the seed's rule looks at: events of a type that match a filter, or a trait."""

    event: str | None = None
    where: Where | None = None
    trait: str | None = None


def seed_leaves(audiences: Mapping[str, tree.Audience], seed: str, moment: Moment) -> tuple[SeedLeaf, ...]:
    """What the seed's rule looks at, and the rules of the audiences that it is made of.

    Raises:
        UnsupportedError: A filter that cannot be evaluated yet.
    """
    found: list[SeedLeaf] = []
    seen: set[str] = set()
    waiting = [seed]
    while waiting:
        key = waiting.pop()
        if key in seen or key not in audiences:
            continue
        seen.add(key)
        waiting.extend(tree.owner(name) for name in tree.references(audiences[key]))
        for node in tree.walk(audiences[key].rule):
            if isinstance(node, tree.TraitNode):
                found.append(SeedLeaf(trait=node.trait))
            for event in _events(node):
                where = None if event.where is None else compile_filter(event.where, f"{key}.where", moment)
                found.append(SeedLeaf(event=event.event, where=where))
    return tuple(dict.fromkeys(found))


def _events(node: tree.Node) -> Sequence[tree.EventNode | tree.Step]:
    if isinstance(node, tree.SequenceNode):
        return node.steps
    return (node,) if isinstance(node, tree.EventNode) else ()


def repeated_columns(
    columns: Sequence[Column], parts: Sequence[Feature], leaves: Sequence[SeedLeaf]
) -> tuple[str, ...]:
    """Names of the columns that repeat a leaf of the seed's rule, in order."""
    by_name = {part.name: part for part in parts}
    return tuple(
        column.name
        for column in columns
        if column.feature in by_name and any(_repeats(by_name[column.feature], column, leaf) for leaf in leaves)
    )


def _repeats(part: Feature, column: Column, leaf: SeedLeaf) -> bool:
    if part.trait is not None:
        return part.trait == leaf.trait
    if part.event != leaf.event:
        return False
    own = [] if part.where is None else [part.where]
    if part.per is not None and column.value is not None:
        own.append(WhereTest(part.per, Texts((TextTest("in", (column.value,)),))))
    return leaf.where is None or implies(WhereGroup("all", tuple(own)), leaf.where)


def implies(narrow: Where, wide: Where) -> bool:
    """Whether whatever matches ``narrow`` must match ``wide``; False where that cannot be told."""
    if narrow == wide:
        return True
    if isinstance(narrow, WhereGroup) and narrow.op == "any":
        return all(implies(item, wide) for item in narrow.items)
    if isinstance(wide, WhereGroup) and wide.op == "all":
        return all(implies(narrow, item) for item in wide.items)
    if isinstance(wide, WhereGroup) and wide.op == "any" and any(implies(narrow, item) for item in wide.items):
        return True
    if isinstance(narrow, WhereGroup):
        return narrow.op == "all" and any(implies(item, wide) for item in narrow.items)
    if isinstance(wide, WhereGroup) or narrow.property != wide.property:
        return False
    return _predicate_implies(narrow.predicate, wide.predicate)


def _predicate_implies(narrow: Predicate, wide: Predicate) -> bool:
    if isinstance(narrow, Nothing) or narrow == wide:
        return True
    if isinstance(wide, Missing):
        return not wide.wanted and not isinstance(narrow, Missing)
    if isinstance(narrow, Texts) and isinstance(wide, Texts):
        return all(any(_test_implies(narrow, mine, wide, test) for mine in narrow.tests) for test in wide.tests)
    if isinstance(narrow, Integers) and isinstance(wide, Integers):
        plain = narrow.scale == wide.scale and not wide.anniversaries
        return plain and intersect(narrow.intervals, wide.intervals) == narrow.intervals
    if isinstance(narrow, Doubles) and isinstance(wide, Doubles):
        return intersect(narrow.intervals, wide.intervals) == narrow.intervals
    return False


def _test_implies(narrow: Texts, mine: TextTest, wide: Texts, test: TextTest) -> bool:
    if narrow.ignore_case == wide.ignore_case and mine == test:
        return True
    if mine.op != "in" or test.op not in ("in", "not_in", "contains", "starts_with", "ends_with"):
        return False
    if narrow.ignore_case and not wide.ignore_case:
        return False  # one folded text stands for many spellings
    values = [value.casefold() if wide.ignore_case else value for value in mine.values]
    return all(_passes(value, test) for value in values)


def _passes(value: str, test: TextTest) -> bool:
    match test.op:
        case "in":
            return value in test.values
        case "not_in":
            return value not in test.values
        case "contains":
            return test.values[0] in value
        case "starts_with":
            return value.startswith(test.values[0])
        case _:
            return value.endswith(test.values[0])
