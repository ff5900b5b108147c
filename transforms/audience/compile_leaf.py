"""Conditions compiled for an instant and a zone: windows resolved, filters and measures in canonical form."""

from __future__ import annotations

from collections.abc import Container
from datetime import timedelta

from plateia.catalogue import ValueType
from plateia.rules import tree, windows
from transforms.audience.atoms import (
    EventLeaf,
    Hop,
    Leaf,
    ListLeaf,
    Measured,
    RelatedLeaf,
    SequenceLeaf,
    SequenceStep,
    TraitLeaf,
    Where,
    WhereGroup,
    WhereTest,
)
from transforms.audience.leaves.conditions import Moment, Predicate, UnsupportedError, canonical, threshold

_DOUBLE, _INSTANT = ValueType("double"), ValueType("timestamp")
_ONCE = tree.Condition((tree.Test("gte", 1),))


class LeafCompiler:
    """Compiles what a rule asks of people, events, lists and relations; paths are for what cannot be evaluated."""

    def __init__(self, moment: Moment, lists: Container[str]) -> None:
        """``lists``: the list files that could be read."""
        self._moment, self._lists = moment, lists

    def trait(self, node: tree.TraitNode, path: str) -> TraitLeaf:
        """See ``leaf``."""
        return TraitLeaf(node.trait, named(path, node.condition, node.type, self._moment))

    def leaf(self, node: tree.Node, path: str) -> Leaf:
        """One condition; ``path`` is its place in the definition.

        Raises:
            UnsupportedError: It cannot be evaluated, or names a list that could not be read.
        """
        match node:
            case tree.TraitNode():
                return self.trait(node, path)
            case tree.EventNode():
                return self.event(node, path)
            case tree.ListNode():
                if node.file not in self._lists:
                    raise UnsupportedError(f"the list of {path} could not be read")
                return ListLeaf(node.file)
            case tree.SequenceNode():
                return self._sequence(node, path)
            case tree.RelatedNode():
                return self._related(node, path)
        raise _not_yet(type(node).__name__, path)

    def event(self, node: tree.EventNode, path: str) -> EventLeaf:
        """See ``leaf``."""
        interval = windows.resolve(node.window, as_of=self._moment.as_of, zone=self._moment.zone)
        where = None if node.where is None else compile_filter(node.where, f"{path}.where", self._moment)
        measured, predicate = compile_measure(node.measure, path, self._moment)
        is_lasting = node.where is None or not _moves(node.where)
        return EventLeaf(node.event, where, interval.start, interval.end, measured, predicate, is_lasting)

    def _related(self, node: tree.RelatedNode, path: str) -> RelatedLeaf:
        def filtered(where: tree.Filter | None, place: str) -> Where | None:
            return None if where is None else compile_filter(where, f"{path}.{place}", self._moment)

        hops = tuple(Hop(hop.relation, filtered(hop.where, f"related[{i}].where")) for i, hop in enumerate(node.hops))
        every = filtered(node.every, "every")
        measured, predicate = compile_measure(node.measure or tree.Measure("count"), path, self._moment)
        return RelatedLeaf(hops, measured, predicate, every)

    def _sequence(self, node: tree.SequenceNode, path: str) -> SequenceLeaf:
        named = {step.name: position for position, step in enumerate(node.steps) if step.name is not None}
        steps = tuple(
            SequenceStep(
                event=step.event,
                where=None
                if step.where is None
                else compile_filter(step.where, f"{path}.sequence[{i}].where", self._moment),
                same=tuple(sorted((each.property, named[each.step], each.step_property) for each in step.same)),
                after_min=_length(step.after_min),
                after_max=_length(step.after_max),
                negated=step.negated,
                quiet_for=_length(step.quiet_for),
            )
            for i, step in enumerate(node.steps)
        )
        interval = windows.resolve(node.window, as_of=self._moment.as_of, zone=self._moment.zone)
        as_of = windows.microseconds(self._moment.as_of)
        return SequenceLeaf(steps, _length(node.within), interval.start, interval.end, as_of)


def compile_leaf(node: tree.TraitNode | tree.EventNode | tree.SequenceNode, moment: Moment) -> Leaf:
    """One condition on its own, as ``compile_site`` compiles it for the same moment."""
    return LeafCompiler(moment, ()).leaf(node, "rule")


def compile_filter(node: tree.Filter, path: str, moment: Moment) -> Where:
    """The canonical form of a filter; ``path`` says where it stands, should it hold what cannot be evaluated yet."""
    if isinstance(node, tree.PropertyTest):
        return WhereTest(node.property, named(f"{path}.{node.property}", node.condition, node.type, moment))
    distinct = {compile_filter(item, path, moment) for item in node.items}
    if len(distinct) == 1 and node.op != "none":
        return distinct.pop()
    return WhereGroup(node.op, tuple(sorted(distinct, key=repr)))


def _moves(node: tree.Filter) -> bool:
    """Whether a filter means other values on another day: it compares dates with as_of."""
    if isinstance(node, tree.FilterGroup):
        return any(_moves(item) for item in node.items)
    windows_of = [test.value for test in node.condition.tests if test.op in ("window", "anniversary_in")]
    return any(not isinstance(window, tree.Dates) for window in windows_of)


def compile_measure(measure: tree.Measure, path: str, moment: Moment) -> tuple[Measured, Predicate]:
    """What is computed of the events, and what its value has to meet."""
    condition, of_type = measure.condition or _ONCE, measure.of_type
    if measure.kind in ("first", "last"):
        window = tree.Condition((tree.Test("window", measure.window or tree.Dates(None, None)),))
        return Measured(measure.kind), named(path, window, _INSTANT, moment)
    if measure.kind in ("count", "days", "distinct") or of_type is None:
        return Measured(measure.kind, measure.of), threshold(condition, 0)
    if measure.kind == "sum":
        scale = _sum_scale(of_type)
        return Measured("sum", measure.of, scale), threshold(condition, scale)
    if measure.kind == "avg":
        return Measured("avg", measure.of, _sum_scale(of_type)), named(path, condition, _DOUBLE, moment)
    return Measured(measure.kind, measure.of), named(path, condition, of_type, moment)


def named(path: str, condition: tree.Condition, value_type: ValueType, moment: Moment) -> Predicate:
    """The canonical form of a condition; what cannot be evaluated is refused by its place.

    Raises:
        UnsupportedError: An operator that the engine does not evaluate for this type.
    """
    try:
        return canonical(condition, value_type, moment)
    except UnsupportedError as operator:
        raise _not_yet(str(operator), path) from None


def _length(duration: tree.Duration | None) -> int | None:
    """Microseconds."""
    return None if duration is None else duration.delta // timedelta(microseconds=1)


def _sum_scale(value_type: ValueType) -> int:
    """Decimal places of an exact sum: doubles are added as millionths."""
    return 6 if value_type.kind == "double" else value_type.scale


def _not_yet(construct: str, path: str) -> UnsupportedError:
    """What is raised of a construct that cannot be evaluated."""
    return UnsupportedError(f"the engine cannot evaluate `{construct}` yet ({path})")
