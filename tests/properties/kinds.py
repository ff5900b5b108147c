"""Cases of one kind of rule, where that has more ways to go wrong than mixed ones would find."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from random import Random

from plateia.catalogue import ValueType
from plateia.rules import tree
from tests.properties.engine_cases import DOUBLE, LONG, STRING, Draw


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
