"""Turning points: the instants at which a condition may change for a person to whom nothing happens any more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from plateia.catalogue import ValueType
from plateia.clock import instant_of, local_date
from plateia.rules import tree
from plateia.rules.windows import microseconds
from transforms.audience.atoms import EventLeaf, SequenceLeaf, Where
from transforms.audience.compile_leaf import compile_leaf
from transforms.audience.explaining import borders
from transforms.audience.explaining.person import PersonReader, alone
from transforms.audience.leaves.conditions import Moment
from transforms.audience.leaves.errors import LeafError
from transforms.audience.leaves.events import EventTable, property_tests

Timed = tree.TraitNode | tree.EventNode | tree.SequenceNode  # the conditions that time alone can change
_DAYLIKE = ("date", "timestamp")


class TurningPoints:
    """Finds turning points after the instant of ``moment`` and up to ``horizon``, microseconds.

    A condition keeps its truth between two of them; at many of them it keeps it, too.
    """

    def __init__(self, reader: PersonReader, moment: Moment, *, horizon: int) -> None:
        self._reader, self._moment, self._zone = reader, moment, moment.zone
        self._until = local_date(instant_of(horizon), moment.zone)
        self._population = alone(reader, []).population

    def of(self, node: Timed) -> Iterator[int]:
        """The turning points of a condition, in any order, early and late ones included."""
        try:
            match node:
                case tree.TraitNode():
                    yield from self._of_value(node.condition, self._trait(node.trait))
                case tree.EventNode():
                    yield from self._of_events(node)
                case tree.SequenceNode():
                    yield from self._of_sequence(node)
        except LeafError:  # it cannot be evaluated, neither now nor then
            return

    def _of_events(self, node: tree.EventNode) -> Iterator[int]:
        leaf, measure = compile_leaf(node, self._moment), node.measure
        assert isinstance(leaf, EventLeaf)
        window = measure.window if measure.kind in ("first", "last") else node.window
        for at in self._instants(node.event, node.where, leaf.where):
            yield from borders.of_instant(window, at, self._zone)
        yield from self._of_filter(node.event, node.where)
        if measure.of is not None and measure.condition is not None and measure.kind in ("min", "max"):
            yield from self._of_property(node.event, measure.of, measure.of_type, measure.condition)

    def _of_sequence(self, node: tree.SequenceNode) -> Iterator[int]:
        leaf = compile_leaf(node, self._moment)
        assert isinstance(leaf, SequenceLeaf)
        quiet = [step.quiet_for for step in leaf.steps if step.quiet_for is not None]
        for step, compiled in zip(node.steps, leaf.steps, strict=True):
            yield from self._of_filter(step.event, step.where)
            if step.negated:
                continue
            for at in self._instants(step.event, step.where, compiled.where):
                yield from borders.of_instant(node.window, at, self._zone)
                yield from (at + duration for duration in quiet)

    def _instants(self, event: str, written: tree.Filter | None, where: Where | None) -> list[int]:
        """When the events were that match a filter, each instant once; all of them where that changes with time."""
        wanted = None if _moving(written) else where
        columns = sorted({test.property for test in property_tests([wanted])})
        table = self._reader.events(event, ["ordinal", "at", *columns], None, 0)
        if not table.num_rows:
            return []
        events = EventTable(table, self._population, event, [wanted])
        return sorted(set(events.of_rows(events.rows(wanted))[1].tolist()))

    def _of_filter(self, event: str, where: tree.Filter | None) -> Iterator[int]:
        for test in _moving(where):
            yield from self._of_property(event, test.property, test.type, test.condition)

    def _of_property(self, event: str, name: str, kind: ValueType | None, condition: tree.Condition) -> Iterator[int]:
        if kind is None or kind.kind not in _DAYLIKE or not _is_moving(condition):
            return
        table = self._reader.events(event, [name], None, 0)
        for value in set(table.column(name).to_pylist()) if name in table.column_names else ():
            yield from self._of_value(condition, value)

    def _of_value(self, condition: tree.Condition, value: object) -> Iterator[int]:
        """When a day or an instant crosses a border of one of the windows that a condition compares it with."""
        for test in condition.tests:
            if not isinstance(test.value, borders.Moving) or not isinstance(value, date):
                continue
            if isinstance(value, datetime):
                yield from borders.of_instant(test.value, microseconds(value), self._zone)
            elif test.op == "anniversary_in":
                start = self._moment.today
                yield from borders.of_anniversary(test.value, value, self._zone, start=start, end=self._until)
            else:
                yield from borders.of_day(test.value, value, self._zone)

    def _trait(self, name: str) -> object:
        table = self._reader.people([name])
        found = table.column(name) if name in table.column_names and table.num_rows else None
        return None if found is None else found[0].as_py()


def _moving(where: tree.Filter | None) -> list[tree.PropertyTest]:
    """The tests of a filter whose meaning changes with time."""
    if where is None:
        return []
    if isinstance(where, tree.PropertyTest):
        return [where] if _is_moving(where.condition) else []
    return [test for item in where.items for test in _moving(item)]


def _is_moving(condition: tree.Condition) -> bool:
    return any(isinstance(test.value, borders.Moving) for test in condition.tests)
