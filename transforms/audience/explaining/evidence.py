"""What lies behind a condition for one person: the value it compares, the events it rests on, the run it reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal

import pyarrow as pa

from plateia.clock import instant_of
from plateia.rules import tree
from plateia.rules.windows import resolve_instants
from plateia.tables import INSTANT
from transforms.audience.atoms import EventLeaf, Leaf, PublishedLeaf, SequenceLeaf, TraitLeaf
from transforms.audience.explaining.person import PersonReader, Truth, alone
from transforms.audience.explaining.question import Question
from transforms.audience.leaves.chains import find_chain
from transforms.audience.leaves.columns import Column, DoubleColumn, IntegerColumn
from transforms.audience.leaves.events import EventTable, properties
from transforms.audience.leaves.measures import measure
from transforms.audience.leaves.occurrences import Occurrences
from transforms.audience.limits import LIMITS
from transforms.audience.plan import SitePlan
from transforms.audience.truths import DATA_ERRORS

Value = str | int | float | bool | Sequence[str] | None
SHOWN_EVENTS = 20


@dataclass(frozen=True, slots=True)
class Witness:
    """An event that a condition rests on."""

    event: str
    event_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a condition looks at.

    Attributes:
        value: The trait or measure that is compared; None where it is missing or there is none.
        number: A measure as a whole number at its scale, where it is one.
        events: The newest events first, at most ``SHOWN_EVENTS``; of a sequence those of one chain, in its order.
        n_events: All of them; None where a condition looks at no events.
        run: The run that published what is read, and its as_of; run None where it is computed here.
    """

    value: Value = None
    number: int | None = None
    events: tuple[Witness, ...] = ()
    n_events: int | None = None
    run: tuple[str | None, datetime] | None = None

    def as_row(self) -> dict[str, object]:
        """The fields of ``--json``: value, events, n_events, run."""
        return {
            "value": self.value,
            "events": [asdict(witness) for witness in self.events],
            "n_events": self.n_events,
            "run": None if self.run is None else {"run_id": self.run[0], "as_of": self.run[1]},
        }


NOTHING = Evidence()


class Witnesses:
    """Finds the evidence for conditions, as of the question's instant."""

    def __init__(self, question: Question, plan: SitePlan, reader: PersonReader) -> None:
        self._question, self._plan, self._reader = question, plan, reader

    def of(self, node: tree.Node, leaf: Leaf | None, truth: Truth) -> Evidence:
        """The evidence of a node of a rule; ``leaf`` is what it was compiled to, None where that is no leaf."""
        try:
            match node, leaf:
                case tree.TraitNode(), TraitLeaf(trait):
                    return Evidence(_plain(alone(self._reader, [trait]).value(trait, 0)))
                case tree.EventNode(), EventLeaf():
                    return self._of_events(leaf)
                case tree.SequenceNode(), SequenceLeaf():
                    return self._of_sequence(leaf)
                case tree.AudienceNode(entered=None), _:
                    return self._of_audience(node, leaf)
                case tree.AudienceNode(), _:
                    return self._of_entry(node, truth)
        except DATA_ERRORS:  # the condition has no truth, either
            pass
        return NOTHING

    def _of_events(self, leaf: EventLeaf) -> Evidence:
        columns = ["ordinal", "at", "event_id", *properties([leaf])]
        table = self._reader.events(leaf.event, columns, leaf.start, leaf.end)
        population = alone(self._reader, []).population
        events = EventTable(table, population, leaf.event, [leaf.where])
        column = measure(
            leaf.measured, events.matches(leaf).within(leaf.start, leaf.end), population.alive, self._question.zone
        )
        value, number = _measured(column, events.type_of(leaf.measured) if table.num_rows else None)
        found = _matching(leaf, events) if table.num_rows else []
        return Evidence(value, number, tuple(found[:SHOWN_EVENTS]), len(found))

    def _of_sequence(self, leaf: SequenceLeaf) -> Evidence:
        population = alone(self._reader, []).population
        occurrences = Occurrences(
            self._reader,
            [leaf],
            population,
            DATA_ERRORS,
            zone=self._question.zone,
            most_rows=LIMITS.event_rows,
        )
        events = occurrences.of_place(leaf, 0)
        chain = find_chain(leaf, [occurrence for occurrence, _, _ in events])
        found = [events[position] for position in chain or ()]
        witnesses = tuple(Witness(event, event_id, instant_of(one.at)) for one, event, event_id in found)
        return Evidence(events=witnesses, n_events=len(witnesses))

    def _of_audience(self, node: tree.AudienceNode, leaf: Leaf | None) -> Evidence:
        if isinstance(leaf, PublishedLeaf):
            return Evidence(run=self._question.pointers.get(node.audience))
        return Evidence(run=(None, self._question.as_of)) if node.audience in self._plan.keys else NOTHING

    def _of_entry(self, node: tree.AudienceNode, truth: Truth) -> Evidence:
        """The last entry within the window; one that no run has published yet is this run's."""
        if not truth:
            return NOTHING
        as_of = self._question.as_of
        start, end = resolve_instants(node.entered, as_of=as_of, zone=self._question.zone)
        runs = dict(self._question.history.get(node.audience, ()))
        inside = [
            at
            for at in self._reader.entries(node.audience)
            if (start is None or start <= at) and (end is None or at <= end)
        ]
        return Evidence(run=(runs.get(inside[-1]), instant_of(inside[-1])) if inside else (None, as_of))


def _matching(leaf: EventLeaf, events: EventTable) -> list[Witness]:
    """The events that a measure is of, the newest first; of a first or a last one only that."""
    rows = events.rows(leaf.where)
    if leaf.measured.of is not None:
        present = [value is not None for value in events.values(leaf.measured.of, rows)]
        rows = rows[present]
    _, at = events.of_rows(rows)
    rows = rows[at < leaf.end] if leaf.start is None else rows[(at >= leaf.start) & (at < leaf.end)]
    _, at = events.of_rows(rows)
    found = sorted(zip(at.tolist(), events.texts("event_id", rows).to_pylist(), strict=True), reverse=True)
    if leaf.measured.kind in ("first", "last"):
        found = found[-1:] if leaf.measured.kind == "first" else found[:1]
    return [Witness(leaf.event, event_id, instant_of(when)) for when, event_id in found]


def _measured(column: Column, kind: pa.DataType | None) -> tuple[Value, int | None]:
    """The value of a measure, as text where it is a date, an instant or a decimal; and as a whole number."""
    if not isinstance(column, IntegerColumn | DoubleColumn) or (column.valid is not None and not column.valid[0]):
        return None, None
    if isinstance(column, DoubleColumn):
        return float(column.values[0]), None
    number = int(column.values[0])
    if kind is not None and pa.types.is_boolean(kind):
        return bool(number), number
    if kind is not None and (pa.types.is_date(kind) or pa.types.is_timestamp(kind)):
        return _plain(pa.scalar(number, pa.date32() if pa.types.is_date(kind) else INSTANT).as_py()), number
    return (str(Decimal(number).scaleb(-column.scale)) if column.scale else number), number


def _plain(value: object) -> Value:
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, str | int | float | bool | list | None) else str(value)
