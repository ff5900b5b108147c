"""Sequences: which steps may stand where, and what ``same`` may refer to."""

from __future__ import annotations

from plateia.catalogue import Catalogue
from plateia.config import KeyPath
from plateia.errors import echo
from plateia.rules.binding.filters import Row, bind_filter
from plateia.rules.binding.report import Report
from plateia.rules.binding.windows import bind_window, check_duration
from plateia.rules.grammar.nodes import After, NegatedStepForm, SequenceForm, StepForm
from plateia.rules.tree import Binding, Duration, SequenceNode, Step


def event_row(event: str, catalogue: Catalogue, path: KeyPath, report: Report) -> Row | None:
    """The properties of an event type, or None where that was reported as unknown."""
    found = catalogue.events.get(event)
    if found is None:
        report.unknown(path, "event", event, catalogue.events)
        return None
    return Row(f"property of the event {event}", found.properties)


def bind_sequence(form: SequenceForm, catalogue: Catalogue, path: KeyPath, report: Report) -> SequenceNode | None:
    """The sequence that a node states, or None where something was reported as a problem."""
    steps = _Steps(form, catalogue, path, report)
    bound = [steps.bind(position) for position in range(len(form.sequence))]
    window = bind_window(form.window, (*path, "window"), report) if form.window else None
    fits = form.within is None or check_duration(form.within, (*path, "within"), report)
    sound = tuple(step for step in bound if step)
    if len(sound) < len(bound) or not fits or (form.window and window is None):
        return None
    return SequenceNode(sound, form.within, window)


class _Steps:
    """The steps of one sequence; the names and rows of those that are bound so far."""

    def __init__(self, form: SequenceForm, catalogue: Catalogue, path: KeyPath, report: Report) -> None:
        self._forms, self._catalogue, self._path, self._report = form.sequence, catalogue, path, report
        self._named: dict[str, Row] = {}
        positive = [position for position, step in enumerate(form.sequence) if isinstance(step, StepForm)]
        self._last_positive = positive[-1] if positive else -1

    def bind(self, position: int) -> Step | None:
        form, path = self._forms[position], (*self._path, "sequence", position)
        if isinstance(form, NegatedStepForm):
            return self._negated(form, position, path)
        if form.after is not None and position == 0:
            self._report.refuse(
                (*path, "after"), "after on the first step", "after on a later step: it counts from the one before"
            )
            return None
        return self._step(form, path)

    def _negated(self, form: NegatedStepForm, position: int, path: KeyPath) -> Step | None:
        trailing = position > self._last_positive
        if position == 0:
            self._report.refuse(path, "a negated step at the start", "a step that happens first")
            return None
        if trailing and form.quiet_for is None:
            self._report.refuse(
                path, "a negated step at the end without for", "for: DURATION, how long nothing happens"
            )
            return None
        if form.quiet_for is not None and not trailing:
            self._report.refuse((*path, "for"), "for before another event", "for on a negated step at the end only")
            return None
        if form.step.name is not None:
            self._report.refuse((*path, "not", "as"), "a name for what does not happen", "as on steps that happen")
            return None
        if form.quiet_for is not None and not check_duration(form.quiet_for, (*path, "for"), self._report):
            return None
        return self._step(form.step, (*path, "not"), negated=True, quiet_for=form.quiet_for)

    def _step(
        self, form: StepForm, path: KeyPath, *, negated: bool = False, quiet_for: Duration | None = None
    ) -> Step | None:
        row = event_row(form.event, self._catalogue, (*path, "event"), self._report)
        problems_before = len(self._report.problems)
        where = bind_filter(form.where, row, (*path, "where"), self._report) if row and form.where else None
        same = self._bindings(form, row, (*path, "same")) if row and form.same else ()
        after = form.after or After()
        self._check_after(after, (*path, "after"))
        if form.name is not None:
            self._name(form.name, row, (*path, "as"))
        if row is None or len(self._report.problems) > problems_before:
            return None
        return Step(form.event, where, form.name, same, after.min, after.max, negated, quiet_for)

    def _name(self, name: str, row: Row | None, path: KeyPath) -> None:
        if name in self._named:
            self._report.refuse(path, f"{echo(name)} a second time", "each name once in a sequence")
        elif "." in name:
            self._report.refuse(path, echo(name), "a name without a point: same writes NAME.PROPERTY")
        self._named.setdefault(name, row or Row("", {}))

    def _check_after(self, after: After, path: KeyPath) -> None:
        for key, duration in (("min", after.min), ("max", after.max)):
            if duration is not None and not check_duration(duration, (*path, key), self._report):
                return
        if after.min is not None and after.max is not None and after.min.delta > after.max.delta:
            got = f"min {after.min.amount}{after.min.unit}, max {after.max.amount}{after.max.unit}"
            self._report.refuse(path, got, "min at most max")

    def _bindings(self, form: StepForm, row: Row, path: KeyPath) -> tuple[Binding, ...]:
        bound = [self._binding(name, target, row, (*path, name)) for name, target in (form.same or {}).items()]
        return tuple(binding for binding in bound if binding)

    def _binding(self, name: str, target: str, row: Row, path: KeyPath) -> Binding | None:
        own = row.attribute(name, path, self._report)
        step, point, step_property = target.partition(".")
        if not point or not step or not step_property:
            self._report.refuse(path, echo(target), "NAME.PROPERTY of an earlier step, such as v.product_id")
            return None
        if step not in self._named:
            named = f"one of: {', '.join(self._named)}" if self._named else "one that has as: NAME"
            self._report.refuse(path, f"the step {echo(step)}", f"an earlier named step, {named}")
            return None
        other = self._named[step].attribute(step_property, path, self._report) if self._named[step].words else None
        if own is None or other is None:
            return None
        if own.type != other.type or own.type.kind == "array":
            got = f"{name}, which is {own.type}, and {target}, which is {other.type}"
            self._report.refuse(path, got, "two properties of the same type, arrays aside")
            return None
        return Binding(name, step, step_property)
