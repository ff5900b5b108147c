"""Cases of one kind of rule, where that has more ways to go wrong than mixed ones would find."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from plateia.catalogue import ValueType
from plateia.rules import tree
from tests.properties.engine_cases import ARRAY, DOUBLE, LONG, STRING, TRAITS, Draw


class Crowded(Draw):
    """Nothing but sequences, over events that crowd on a few instants: ties and borders are the rule."""

    durations = tuple(tree.Duration(12 * halves, "h") for halves in (1, 2, 3, 4, 6, 10))

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.timed, self.bound = random.choice([0.0, 0.1, 0.3]), random.choice([0.0, 0.0, 0.5])
        self.halves = random.choice([4, 12, 40])

    def value(self, kind: ValueType) -> object:
        few = {STRING: ["gold", "é", None], LONG: [1, 2], DOUBLE: [0.0, -0.0, 1.5, math.nan]}
        return self.random.choice(few[kind]) if kind in few else super().value(kind)

    def instant(self) -> datetime:
        return self.as_of - timedelta(hours=12 * self.random.randrange(-1, self.halves))

    def node(self, *_: object) -> tree.Node:
        return self.sequence()


class Connected(Draw):
    """Nothing but relations."""

    def node(self, *_: object) -> tree.Node:
        return self.related()


class Long(Draw):
    """Groups of more conditions on one trait than are kept apart, with some others among them."""

    def node(self, others: Sequence[str], lists: Sequence[str], depth: int = 3) -> tree.Node:
        name = self.random.choice(sorted(TRAITS))
        many = [self._on(name) for _ in range(self.random.choice([15, 16, 40]))]
        others_too = [Draw.node(self, others, lists, min(depth, 1)) for _ in range(self.random.choice([0, 0, 2]))]
        children = self.random.sample([*many, *others_too], len(many) + len(others_too))
        return tree.Group(self.random.choice(["any", "any", "none", "all"]), tuple(children))

    def _on(self, name: str) -> tree.TraitNode:
        kind = TRAITS[name]
        value = self.value(kind)
        is_plain = value is not None and kind != ARRAY and value == value
        exactly = tree.Condition((tree.Test("eq", value),)) if is_plain and self.random.random() < 0.9 else None  # type: ignore[arg-type]
        return tree.TraitNode(name, kind, exactly or self.condition(kind))
