"""Parts of a split: weighted rendezvous hashing, so that a part that grows keeps everyone it has.

Method: Thaler and Ravishankar 1998, with the weights of Schindelhauer and Schomaker 2005: each part draws a number
u in (0, 1) for each person, and the person goes where -ln(u) / weight is least.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from transforms.audience.atoms import PartLeaf
from transforms.audience.leaves.columns import Mask
from transforms.audience.leaves.traits import PeopleTable
from transforms.tickets import Tickets, salted

_BITS = 53  # of a double's fraction: the draw is exact


def in_part(leaf: PartLeaf, people: PeopleTable) -> Mask:
    """Whom the split gives to the part, one truth a place."""
    names = [name for name, _ in leaf.weights]
    costs = np.stack([_cost(people.tickets, leaf.salt, name) / float(weight) for name, weight in leaf.weights])
    winner = np.argmin(costs, axis=0)
    return people.mask_of(np.flatnonzero(winner == names.index(leaf.part)))


def _cost(tickets: Tickets, salt: str, part: str) -> npt.NDArray[np.float64]:
    drawn = (salted(tickets, f"{salt}\n{part}") >> np.uint64(64 - _BITS)).astype(np.float64) + 0.5
    cost: npt.NDArray[np.float64] = -np.log(drawn / 2.0**_BITS)
    return cost
