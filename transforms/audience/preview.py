"""How many people each condition of a rule holds for, block by block; the kernel that builds the audiences counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from transforms.audience import bits
from transforms.audience.choosing import Bounds
from transforms.audience.evaluation import Evaluation
from transforms.audience.meter import Meter
from transforms.audience.plan import BlockReader, Outline, SitePlan

Counted = dict[str, "str | int | list[Counted] | None"]


@dataclass
class Counts:
    """People of some blocks, and how many of them each node of a plan holds for.

    Attributes:
        n_people: People who are alive.
        sizes: By node.
        failures: Why a node could not be evaluated on one of the blocks.
    """

    n_people: int = 0
    sizes: Counter[int] = field(default_factory=Counter)
    failures: dict[int, str] = field(default_factory=dict)

    def add(self, other: Counts) -> None:
        """Take in the counts of another block."""
        self.n_people += other.n_people
        self.sizes.update(other.sizes)
        self.failures = {**other.failures, **self.failures}


def count_block(
    plan: SitePlan, reader: BlockReader, *, block: int, bounds: Mapping[int, Bounds | str] | None = None
) -> Counts:
    """Count the people of one block for every node that an outline of the plan shows."""
    shown = {node for outline in plan.outlines.values() for node in _nodes(outline)}
    evaluation = Evaluation(plan, reader, block, Meter(plan), bounds)
    sizes = {
        node: bits.count(words & evaluation.alive)
        for node, words in evaluation.nodes()
        if words is not None and node in shown
    }
    failures = {node: reason for node, reason in evaluation.failures.items() if node in shown}
    return Counts(evaluation.n_people, Counter(sizes), failures)


def counted(outline: Outline, counts: Counts) -> Counted:
    """``{text, size, children}``, nested like the rule; ``size`` is None where a node could not be evaluated."""
    return {
        "text": outline.text,
        "size": None if outline.node in counts.failures else counts.sizes[outline.node],
        "children": [counted(child, counts) for child in outline.children],
    }


def add_up(parts: Iterable[Counts]) -> Counts:
    """The counts of several blocks."""
    total = Counts()
    for part in parts:
        total.add(part)
    return total


def why_failed(plan: SitePlan, counts: Counts, audience: str) -> str | None:
    """Why an audience has no size; None if it has one."""
    outputs: Mapping[str, int] = dict(zip(plan.keys, plan.outputs, strict=True))
    return plan.failed.get(audience) or counts.failures.get(outputs[audience])


def _nodes(outline: Outline) -> Iterable[int]:
    yield outline.node
    for child in outline.children:
        yield from _nodes(child)
