"""The truth of the nodes of a plan on one block, or the sentence that says why a node has none; and what it cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from transforms.audience import bits
from transforms.audience.atoms import (
    ChangedLeaf,
    ConsentLeaf,
    EnteredLeaf,
    EventLeaf,
    ListLeaf,
    Measured,
    PublishedLeaf,
    RelatedLeaf,
    ScoreLeaf,
    SequenceLeaf,
    TraitLeaf,
)
from transforms.audience.bits import Mask, Words
from transforms.audience.leaves.errors import LeafError
from transforms.audience.meter import Meter
from transforms.audience.plan import SitePlan

# What bad data can raise in Arrow and numpy; faults of the machine fail the task instead, and Spark repeats it.
DATA_ERRORS = (LeafError, ArithmeticError, LookupError, TypeError, ValueError)


class Truths:
    """Packed words by node, and failures by node."""

    def __init__(self, plan: SitePlan, meter: Meter) -> None:
        self.words: dict[int, Words] = {}
        self.failures: dict[int, str] = {}
        self._plan, self._meter = plan, meter

    def set(self, node: int, truth: Callable[[], Mask]) -> None:
        """Keep the truth of a leaf, or why it has none, and charge it."""
        self.keep(node, lambda: bits.pack(truth()))

    def keep(self, node: int, truth: Callable[[], Words]) -> None:
        """Like ``set``, for truth that is packed already."""
        try:
            self.words[node] = truth()
        except DATA_ERRORS as error:
            self.failures[node] = self._reason(node, error)
        self._meter.charge([node])

    def fail(self, nodes: Iterable[int], error: Exception) -> None:
        """Keep why nodes have no truth."""
        self.failures |= {node: self._reason(node, error) for node in nodes}

    def charge(self, nodes: Iterable[int]) -> None:
        """Charge the time since the last charge to nodes."""
        self._meter.charge(list(nodes))

    def _reason(self, node: int, error: Exception) -> str:
        return f"{_name(self._plan, node)}: {sentence(error)}"


def sentence(error: Exception) -> str:
    """What may be told of an error: the text of a foreign one may quote a person's value."""
    return str(error) if isinstance(error, LeafError) else f"its values cannot be evaluated ({type(error).__name__})"


def _name(plan: SitePlan, node: int) -> str:
    if node >= len(plan.leaves):
        return "the selection"
    match plan.leaves[node]:
        case TraitLeaf(trait):
            return f"the trait `{trait}`"
        case EventLeaf(event, measured=Measured(kind, None)):
            return f"the {kind} of `{event}`"
        case EventLeaf(event, measured=Measured(kind, of)):
            return f"the {kind} of `{of}` over `{event}`"
        case SequenceLeaf(steps):
            return f"the sequence of {', '.join(f'`{step.event}`' for step in steps)}"
        case PublishedLeaf(audience):
            return f"the published members of `{audience}`"
        case EnteredLeaf(audience) | ChangedLeaf(audience):
            return f"the history of `{audience}`"
        case ScoreLeaf(score):
            return f"the score `{score}`"
        case ConsentLeaf(purpose):
            return f"the consent to `{purpose}`"
        case RelatedLeaf(hops):
            return f"the relation {' → '.join(f'`{hop.relation}`' for hop in hops)}"
        case ListLeaf():
            return "the list"
    return "the universe"
