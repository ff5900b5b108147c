"""What an audience's leaves read, and with how many other audiences each of them is shared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from transforms.audience.atoms import (
    ChangedLeaf,
    ConsentLeaf,
    EnteredLeaf,
    EventLeaf,
    Leaf,
    ListLeaf,
    PartLeaf,
    PublishedLeaf,
    RelatedLeaf,
    ScoreLeaf,
    SequenceLeaf,
    TraitLeaf,
)
from transforms.audience.leaves.events import properties, property_tests
from transforms.audience.plan import Outline, SitePlan
from transforms.audience.related import columns_of


@dataclass(frozen=True, slots=True)
class Reading:
    """Columns of one table; of events those in [``start``, ``end``) microseconds, ``start`` None: from the first."""

    table: str
    columns: tuple[str, ...]
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class LeafUse:
    """A distinct leaf of an audience.

    Attributes:
        text: As it stands in a rule.
        shared_with: Other audiences of the plan whose rules need it, directly or through audiences they name.
        readings: What it reads of each table; nothing for a list.
    """

    text: str
    shared_with: int
    readings: tuple[Reading, ...]


def uses(plan: SitePlan, audience: str) -> list[LeafUse]:
    """The leaves that an audience needs, those of audiences it names included; the universe is left out.

    The plan has outlines of the audience and of those it names.
    """
    texts = {node: text for outline in plan.outlines.values() for node, text in _texts(outline)}
    arguments = {node: found for node, _, _, found in plan.inner_nodes()}
    parents: dict[int, list[int]] = defaultdict(list)
    for node, found in arguments.items():
        for argument in found:
            parents[argument].append(node)
    needed = _reachable(dict(zip(plan.keys, plan.outputs, strict=True))[audience], arguments)
    return [
        LeafUse(texts[node], _users(plan, node, parents) - 1, tuple(_readings(plan.leaves[node])))
        for node in sorted(needed)
        if node < len(plan.leaves) and node in texts
    ]


def _texts(outline: Outline) -> Iterator[tuple[int, str]]:
    if not outline.children:
        yield outline.node, outline.text
    for child in outline.children:
        yield from _texts(child)


def _reachable(start: int, following: Mapping[int, Sequence[int]]) -> set[int]:
    found: set[int] = set()
    waiting = [start]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting.extend(following.get(node, ()))
    return found


def _users(plan: SitePlan, leaf: int, parents: Mapping[int, Sequence[int]]) -> int:
    above = _reachable(leaf, parents)
    return sum(output in above for output in plan.outputs)


def _readings(leaf: Leaf) -> Iterator[Reading]:
    match leaf:
        case TraitLeaf(trait):
            yield Reading("people", (trait,))
        case EventLeaf():
            yield Reading(f"event_{leaf.event}", tuple(properties([leaf])), leaf.start, leaf.end)
        case SequenceLeaf():
            for event in sorted({step.event for step in leaf.steps}):
                mine = [step for step in leaf.steps if step.event == event]
                columns = {test.property for test in property_tests(step.where for step in mine)}
                columns |= {name for step in mine for name, _, _ in step.same}
                columns |= {name for step in leaf.steps for _, of, name in step.same if leaf.steps[of].event == event}
                yield Reading(f"event_{event}", ("event_id", *sorted(columns)), leaf.start, leaf.as_of)
        case PublishedLeaf():
            yield Reading("audience_members", ("members",))
        case EnteredLeaf():
            yield Reading("audience_changes", ("entered",), leaf.start, leaf.end)
        case ChangedLeaf():
            yield Reading("audience_changes", ("entered", "left"), leaf.after)
        case ScoreLeaf():
            yield Reading("scores", ("deciles", "kept", "values"))
        case PartLeaf():
            yield Reading("people", ("person_id",))
        case RelatedLeaf():
            for relation, names in columns_of([leaf]).items():
                yield Reading(f"relation_{relation}", tuple(names))
        case ConsentLeaf(end=end):
            yield Reading("consents", ("purpose", "granted"), None, end)
        case ListLeaf():
            yield Reading("people", ("person_id",))
