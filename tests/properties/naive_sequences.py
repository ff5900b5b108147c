"""Sequences, tried out: every chain of a person's events, written from the language's description alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from plateia.rules import tree
from tests.properties import naive

if TYPE_CHECKING:
    from tests.properties.naive import World


def sequence(world: World, node: tree.SequenceNode, ordinal: int) -> bool:
    """Whether any chain takes every step: every chain is tried, one step after another."""
    kinds = {step.event for step in node.steps}
    history = sorted(
        (row["at"], kind, row["event_id"], index, row)
        for kind in kinds
        for index, row in enumerate(world.events.get(kind, ()))
        if row["ordinal"] == ordinal and row["at"] < world.as_of
    )
    start, end = naive.instants(node.window, world)

    def fits(step: tree.Step, place: int, chain: Mapping[str, Mapping[str, object]], since: datetime | None) -> bool:
        at, kind, _, _, row = history[place]
        if kind != step.event or (step.where is not None and not naive.keeps(row, step.where, world)):
            return False
        if since is not None:
            if step.after_min is not None and at - since < naive.length(step.after_min):
                return False
            if step.after_max is not None and at - since > naive.length(step.after_max):
                return False
        for binding in step.same:
            mine, theirs = row[binding.property], chain[binding.step][binding.step_property]
            if naive.missing(mine) or naive.missing(theirs) or mine != theirs:
                return False
        return True

    def goes_on(position: int, places: list[int], chain: Mapping[str, Mapping[str, object]]) -> bool:
        if position == len(node.steps):
            return True
        step = node.steps[position]
        last = places[-1] if places else -1
        since = history[last][0] if places else None
        if step.quiet_for is not None:
            over = since + naive.length(step.quiet_for)
            if over > world.as_of:
                return False
            later = [i for i in range(last + 1, len(history)) if history[i][0] < over]
            return not any(fits(step, i, chain, since) for i in later) and goes_on(position + 1, places, chain)
        following = position
        while node.steps[following].negated:
            following += 1
        forbidden, wanted = node.steps[position:following], node.steps[following]
        for place in range(last + 1, len(history)):
            at, _, _, _, row = history[place]
            if at >= end or (start is not None and at < start) or not fits(wanted, place, chain, since):
                continue
            if node.within is not None and places and at - history[places[0]][0] > naive.length(node.within):
                continue
            if any(fits(no, i, chain, since) for no in forbidden for i in range(last + 1, place)):
                continue
            named = {**chain, wanted.name: row} if wanted.name is not None else chain
            if goes_on(following + 1, [*places, place], named):
                return True
        return False

    return goes_on(0, [], {})
