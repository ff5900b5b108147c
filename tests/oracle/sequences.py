"""A sequence as SQL: one join a step that happens, one anti-join a step that must not."""

from __future__ import annotations

from plateia.rules.tree import Duration, SequenceNode, Step
from tests.oracle.calendar import event_window
from tests.oracle.conditions import Today, instant
from tests.oracle.filters import keeps


def chained(node: SequenceNode, site: str, today: Today) -> str:
    """Whether a chain of the person's events takes every step; ``event_<type>`` has an ``event_id``.

    Of doubles, ``same`` would take NaN to equal NaN, which the language does not.
    """
    positive = [place for place, step in enumerate(node.steps) if not step.negated]
    start, end = event_window(node.window, as_of=today.as_of, zone=today.zone)
    tables = ", ".join(f"{site}.event_{node.steps[place].event} AS {_row(place)}" for place in positive)
    tests: list[str] = []
    for before, place in zip([None, *positive], positive, strict=False):
        row = _row(place)
        tests.append(f'{row}."at" >= {instant(start)} AND {row}."at" < {instant(end)}')
        tests += _fits(node, place, before, today)
        if before is not None:
            tests.append(f"{_order(node, before)} < {_order(node, place)}")
    if node.within is not None:
        tests.append(f'{_row(positive[-1])}."at" - {_row(positive[0])}."at" <= {_interval(node.within)}')
    tests += [_absent(node, place, site, today) for place, step in enumerate(node.steps) if step.negated]
    return f"(person.person_id IN (SELECT {_row(positive[0])}.person_id FROM {tables} WHERE {' AND '.join(tests)}))"


def _absent(node: SequenceNode, place: int, site: str, today: Today) -> str:
    """That a negated step happens nowhere between its neighbours, or not until its time is over."""
    step, row = node.steps[place], _row(place)
    before = max(other for other in range(place) if not node.steps[other].negated)
    after = [other for other in range(place, len(node.steps)) if not node.steps[other].negated]
    tests = [f'{row}."at" < {instant(today.as_of)}', f"{_order(node, before)} < {_order(node, place)}"]
    tests += _fits(node, place, before, today)
    over = ""
    if after:
        tests.append(f"{_order(node, place)} < {_order(node, after[0])}")
    if step.quiet_for is not None:
        end = f'{_row(before)}."at" + {_interval(step.quiet_for)}'
        tests.append(f'{row}."at" < {end}')
        over = f"{end} <= {instant(today.as_of)} AND "
    return f"{over}NOT EXISTS (SELECT 1 FROM {site}.event_{step.event} AS {row} WHERE {' AND '.join(tests)})"


def _fits(node: SequenceNode, place: int, before: int | None, today: Today) -> list[str]:
    """What one event must be, given the last one that happened before it."""
    step, row = node.steps[place], _row(place)
    tests = [keeps(step.where, today, row)] if step.where else []
    if before is not None:
        tests.append(f"{row}.person_id = {_row(before)}.person_id")
        since = f'{row}."at" - {_row(before)}."at"'
        tests += [f"{since} >= {_interval(step.after_min)}"] if step.after_min else []
        tests += [f"{since} <= {_interval(step.after_max)}"] if step.after_max else []
    named = {other.name: _row(number) for number, other in enumerate(node.steps) if other.name}
    return tests + [f'{row}."{b.property}" = {named[b.step]}."{b.step_property}"' for b in step.same]


def _order(node: SequenceNode, place: int) -> str:
    """What events are ordered by: their instant, their type, their id as text."""
    step: Step = node.steps[place]
    return f"""({_row(place)}."at", '{step.event}', {_row(place)}.event_id)"""


def _row(place: int) -> str:
    return f"step_{place}"


def _interval(length: Duration) -> str:
    return f"INTERVAL {int(length.delta.total_seconds())} SECOND"
