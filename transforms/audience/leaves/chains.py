"""Chains of one person's events with values that later steps must repeat; followed one event after another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from transforms.audience.atoms import SequenceLeaf, SequenceStep

Asked = tuple[tuple[int, str], ...]  # steps and their properties
Known = Mapping[tuple[int, str], object]
Bound = tuple[object, ...]
# A chain up to an event: the event's position and the values that later steps ask for → the latest possible beginning.
Chains = dict[tuple[int, Bound], int]


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An event: when, which steps it can take, and its values."""

    at: int
    takes: tuple[bool, ...]
    values: Mapping[str, object]


def has_chain(leaf: SequenceLeaf, events: Sequence[Occurrence]) -> bool:
    """Whether any chain of the events, which are in order, takes every step."""
    asked = _asked(leaf.steps)
    held = asked[0]  # which values the chains carry
    chains: Chains | None = None
    quiet: list[int] = []
    for position, step in enumerate(leaf.steps):
        if step.negated and step.quiet_for is None:
            quiet.append(position)
        elif step.negated:
            chains = {
                (end, bound): begun
                for (end, bound), begun in (chains or {}).items()
                if _stays_quiet(leaf, position, events, end, dict(zip(held, bound, strict=True)))
            }
        else:
            chains = _advance(leaf, position, events, chains, quiet, (held, asked[position + 1]))
            quiet, held = [], asked[position + 1]
    return bool(chains)


def _asked(steps: Sequence[SequenceStep]) -> list[Asked]:
    """Before each step: which values of earlier steps it or later ones ask for; nothing at the end."""
    return [
        tuple(sorted({(of, name) for later in steps[position:] for _, of, name in later.same if of < position}))
        for position in range(len(steps) + 1)
    ]


def _advance(
    leaf: SequenceLeaf,
    position: int,
    events: Sequence[Occurrence],
    chains: Chains | None,
    quiet: Sequence[int],
    asked: tuple[Asked, Asked],
) -> Chains:
    """The chains that an event of a step ends; ``asked``: which values they carry before and after it."""
    after: Chains = {}
    step = leaf.steps[position]
    for here, event in enumerate(events):
        is_inside = event.at < leaf.end and (leaf.start is None or event.at >= leaf.start)
        if not (event.takes[position] and is_inside):
            continue
        if chains is None:
            _keep(after, here, _bind(asked[1], position, event, {}), event.at)
            continue
        for (end, bound), begun in chains.items():
            known = dict(zip(asked[0], bound, strict=True))
            if (
                end < here
                and _is_after(step, event.at - events[end].at)
                and (leaf.within is None or event.at - begun <= leaf.within)
                and _repeats(step, event, known)
                and not any(_happens(leaf.steps[q], q, events, end, here, known) for q in quiet)
            ):
                _keep(after, here, _bind(asked[1], position, event, known), begun)
    return after


def _bind(asked: Asked, position: int, event: Occurrence, known: Known) -> Bound:
    """The values that are still asked for once an event has taken a step."""
    return tuple(event.values[name] if of == position else known[of, name] for of, name in asked)


def _keep(chains: Chains, end: int, bound: Bound, begun: int) -> None:
    chains[end, bound] = max(begun, chains.get((end, bound), begun))


def _is_after(step: SequenceStep, elapsed: int) -> bool:
    is_early = step.after_min is not None and elapsed < step.after_min
    return not is_early and (step.after_max is None or elapsed <= step.after_max)


def _repeats(step: SequenceStep, event: Occurrence, known: Known) -> bool:
    """Whether an event has the values that a step must share; a missing one equals nothing."""
    return all(
        event.values[name] is not None and event.values[name] == known[of, of_name] for name, of, of_name in step.same
    )


def _happens(
    step: SequenceStep,
    position: int,
    events: Sequence[Occurrence],
    end: int,
    before: int,
    known: Known,
) -> bool:
    """Whether an event that a negated step forbids stands between two of a chain."""
    return any(
        event.takes[position] and _is_after(step, event.at - events[end].at) and _repeats(step, event, known)
        for event in events[end + 1 : before]
    )


def _stays_quiet(
    leaf: SequenceLeaf,
    position: int,
    events: Sequence[Occurrence],
    end: int,
    known: Known,
) -> bool:
    step = leaf.steps[position]
    until = events[end].at + (step.quiet_for or 0)
    over = next((i for i in range(end + 1, len(events)) if events[i].at >= until), len(events))
    return until <= leaf.as_of and not _happens(step, position, events, end, over, known)
