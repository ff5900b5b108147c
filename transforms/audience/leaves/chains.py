"""Chains of one person's events with values that later steps must repeat; followed one event after another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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


def find_chain(leaf: SequenceLeaf, events: Sequence[Occurrence]) -> tuple[int, ...] | None:
    """One chain: for each positive step the position of its event; None if there is none.

    Of all chains the one that begins last, and from there always goes on with the earliest event that it can.
    """
    asked = _asked(leaf.steps)
    dead: set[tuple[int, int, Bound, int]] = set()

    def grow(position: int, chain: tuple[int, ...], known: Known) -> tuple[int, ...] | None:
        following = position
        while following < len(leaf.steps) and leaf.steps[following].negated:
            following += 1
        if following == len(leaf.steps):
            tail = range(position, following)
            return chain if all(_stays_quiet(leaf, q, events, chain[-1], known) for q in tail) else None
        quiet = range(position, following)
        for here in _next(leaf, following, events, chain, known, quiet):
            held = asked[following + 1]
            bound = _bind(held, following, events[here], known)
            state = (following, here, bound, chain[0] if chain and leaf.within is not None else here)
            if state in dead:
                continue
            found = grow(following + 1, (*chain, here), dict(zip(held, bound, strict=True)))
            if found is not None:
                return found
            dead.add(state)
        return None

    return grow(0, (), {})


def _next(
    leaf: SequenceLeaf,
    position: int,
    events: Sequence[Occurrence],
    chain: tuple[int, ...],
    known: Known,
    quiet: Sequence[int],
) -> Iterator[int]:
    """The events that can take a step after a chain: the latest first where it begins, else the earliest first."""
    step = leaf.steps[position]
    places = range(chain[-1] + 1, len(events)) if chain else reversed(range(len(events)))
    for here in places:
        event = events[here]
        is_inside = event.at < leaf.end and (leaf.start is None or event.at >= leaf.start)
        if not (event.takes[position] and is_inside):
            continue
        if chain and leaf.within is not None and event.at - events[chain[0]].at > leaf.within:
            return
        if chain and not (_is_after(step, event.at - events[chain[-1]].at) and _repeats(step, event, known)):
            continue
        if not any(_happens(leaf.steps[q], q, events, chain[-1], here, known) for q in quiet if chain):
            yield here


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
