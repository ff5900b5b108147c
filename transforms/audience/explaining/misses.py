"""The nearest miss of one condition: the smallest change that would make it hold, or not hold, in one sentence."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from plateia.clock import instant_of
from plateia.errors import echo
from plateia.rules import tree
from plateia.rules.describe import describe
from plateia.rules.describe.conditions import tests_text, when
from plateia.rules.windows import microseconds
from transforms.audience.atoms import EventLeaf, Leaf, NobodyLeaf, TraitLeaf
from transforms.audience.compile_leaf import compile_leaf
from transforms.audience.explaining import borders
from transforms.audience.explaining.amounts import allowed_value, missing_amount, plain
from transforms.audience.explaining.evidence import Evidence
from transforms.audience.explaining.person import PersonReader, leaf_truths
from transforms.audience.explaining.turning import TurningPoints
from transforms.audience.leaves.conditions import Integers, Moment
from transforms.audience.plan import SitePlan

_COUNTED = ("count", "sum", "distinct", "days")


@dataclass(frozen=True, slots=True)
class Miss:
    """What would have to change.

    Attributes:
        change: How much a count or a sum would have to grow, or, with a minus, to shrink.
        to: A value that the trait might have.
        before: Until then the change is enough, if the events that are counted now are all there are; None: always.
        is_possible: Whether any change of the person's data can do it.
    """

    text: str
    change: str | None = None
    to: object = None
    before: datetime | None = None
    is_possible: bool = True

    def as_row(self) -> dict[str, object]:
        """The fields of ``nearest`` in ``--json``."""
        return {"text": self.text, "change": self.change, "to": self.to, "before": self.before}


class Misses:
    """Finds the nearest miss of conditions, as of the moment's instant."""

    def __init__(self, plan: SitePlan, reader: PersonReader, moment: Moment, *, horizon: int) -> None:
        self._plan, self._reader, self._moment = plan, reader, moment
        self._now, self._horizon = microseconds(moment.as_of), horizon
        self._turning = TurningPoints(reader, moment, horizon=horizon)

    def of(self, node: tree.Node, leaf: Leaf | None, evidence: Evidence, *, wanted: bool) -> Miss:
        """What would make a condition true (``wanted``), or false; it is the other one now."""
        match node, leaf:
            case _, NobodyLeaf():
                return Miss("nobody is on this site", is_possible=False)
            case tree.TraitNode(), TraitLeaf():
                return self._of_trait(node, leaf, evidence, wanted)
            case tree.EventNode(), EventLeaf():
                if node.measure.kind in _COUNTED and evidence.number is not None:
                    return self._of_number(node, leaf, evidence.number, wanted)
                return self._of_value(node, evidence, wanted)
            case tree.SequenceNode(), _:
                return self._of_sequence(node, wanted)
            case tree.AudienceNode(), _:
                verb = "enter" if node.entered else "be a member of"
                return Miss(f"has to {verb} {node.audience}" if wanted else f"must not {verb} {node.audience}")
        return Miss("has to become true" if wanted else "has to become false")

    def _of_number(self, node: tree.EventNode, leaf: EventLeaf, number: int, wanted: bool) -> Miss:
        lowest = -math.inf if leaf.measured.kind == "sum" else 0
        amount = missing_amount(leaf.predicate, number, wanted=wanted, lowest=lowest)
        if amount is None:
            return Miss(f"no number can make it {'true' if wanted else 'false'}", is_possible=False)
        size = f"{Decimal(abs(amount)).scaleb(-leaf.measured.scale).normalize():f}"
        change = size if amount >= 0 else f"-{size}"
        text = _amount_text(node, size, abs(amount) == 1, is_more=amount > 0)
        if not self._is_open(node, leaf):
            return Miss(f"{text}{when(node.window)}", change)
        before = self._valid_until(node, leaf, number) if amount > 0 else None
        until = f", before {local(before, self._moment.zone)}" if before else ""
        return Miss(f"{text}{until}", change, before=before)

    def _is_open(self, node: tree.EventNode, leaf: EventLeaf) -> bool:
        """Whether what happens now falls in the window."""
        if node.window is None:
            return True
        closing = borders.closes(node.window, self._now, self._moment.zone)
        is_open = leaf.start != leaf.end == self._now and (closing is None or closing > self._now)
        return is_open and isinstance(node.window, tree.Last | tree.This | tree.Dates)

    def _valid_until(self, node: tree.EventNode, leaf: EventLeaf, number: int) -> datetime | None:
        """When the measure itself changes though nothing happens, or the window closes."""
        instants = sorted({at for at in self._turning.of(node) if self._now < at <= self._horizon})
        same = Integers(((number, number),), leaf.measured.scale)
        later: dict[int, Leaf] = {}
        for at in instants:
            compiled = compile_leaf(node, Moment(instant_of(at), self._moment.zone))
            if isinstance(compiled, EventLeaf):
                later[at] = replace(compiled, predicate=same)
        truths = leaf_truths(list(later.values()), self._plan, self._reader)
        changes = [at for at in instants if not truths[later[at]]]
        closing = borders.closes(node.window, self._now, self._moment.zone)
        first = min([*changes[:1], *([] if closing is None else [closing])], default=None)
        return None if first is None else instant_of(first)

    def _of_value(self, node: tree.EventNode, evidence: Evidence, wanted: bool) -> Miss:
        measure = node.measure
        if measure.kind in ("first", "last"):
            happened = evidence.events[0].at if evidence.events else None
            found = f"was on {local(happened, self._moment.zone)}" if happened else "has not happened"
            return Miss(f"the {measure.kind} {node.event} {found}; {_must(wanted)} lie{when(measure.window)}")
        found = "is missing" if evidence.value is None else f"is {shown(evidence.value)}"
        allowed = tests_text(measure.condition) if measure.condition else "is there"
        return Miss(f"the {measure.kind} of {measure.of} {found}; {_must(wanted)} be one that {allowed}")

    def _of_trait(self, node: tree.TraitNode, leaf: TraitLeaf, evidence: Evidence, wanted: bool) -> Miss:
        found = "is missing" if evidence.value is None else f"is {shown(evidence.value)}"
        if len(node.condition.tests) == 1 and node.condition.tests[0].op == "missing":
            is_missing = bool(node.condition.tests[0].value) == wanted
            return Miss(f"{node.trait} {found}; it has to be {'missing' if is_missing else 'there'}")
        value = evidence.value
        number = evidence.number if evidence.number is not None else value if isinstance(value, float) else None
        to = plain(allowed_value(node, leaf.predicate, number)) if wanted else None
        return Miss(f"{node.trait} {found}; {_must(wanted)} be one that {tests_text(node.condition)}", to=to)

    def _of_sequence(self, node: tree.SequenceNode, wanted: bool) -> Miss:
        if not wanted:
            return Miss("the chain of events must not be there")
        n = len(node.steps)
        ends = [k for k in range(1, n) if not node.steps[k - 1].negated or node.steps[k - 1].quiet_for]
        prefixes = {k: compile_leaf(replace(node, steps=node.steps[:k]), self._moment) for k in ends}
        truths = leaf_truths(list(prefixes.values()), self._plan, self._reader)
        reached = max((k for k, leaf in prefixes.items() if truths[leaf]), default=0)
        rest = ", then ".join(describe(tree.SequenceNode((step,))) for step in node.steps[reached:])
        return Miss(f"{reached} of {n} steps reached; still needed: {rest}")


def local(at: datetime, zone: ZoneInfo) -> str:
    """An instant as the site's clock shows it: ``24 Nov 2018 05:00``; seconds are cut."""
    there = at.astimezone(zone)
    return f"{there.day} {there:%b %Y %H:%M}"


def shown(value: object) -> str:
    """A person's value in a sentence."""
    return echo(value) if isinstance(value, str) else str(value)


def _must(wanted: bool) -> str:
    return "it has to" if wanted else "it must not"


def _amount_text(node: tree.EventNode, size: str, is_one: bool, *, is_more: bool) -> str:
    comparison = "more" if is_more else "fewer"
    match node.measure.kind:
        case "count":
            return f"{size} {comparison} {node.event} event{'' if is_one else 's'}"
        case "days":
            return f"{size} {comparison} day{'' if is_one else 's'} with {node.event}"
        case "distinct":
            return f"{size} {comparison} distinct {node.measure.of} of {node.event}"
    return f"{size} {'more' if is_more else 'less'} as the sum of {node.measure.of} of {node.event}"
