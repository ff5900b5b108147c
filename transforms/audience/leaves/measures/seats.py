"""Seats for the people of a few events: a measure of them then costs what they do, not what the whole block does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from transforms.audience.leaves.columns import Mask, Places
from transforms.audience.leaves.measures.matches import Matches

_FEW = 32  # a place an event at least: from there on a measure of all places is quicker


def are_few(matches: Matches, n_people: int) -> bool:
    """Whether seats are quicker than places."""
    return matches.people.size * _FEW <= n_people


@dataclass(frozen=True)
class Seats:
    """One seat for each person of some events, other seats that stay empty, and a last one that nobody takes.

    Attributes:
        places: The place of each event's person.
        numbers: The seat of each event's person, below ``places.size``.
        n_people: All places of the block.
    """

    places: Places
    numbers: Places
    n_people: int

    @classmethod
    def of(cls, matches: Matches, n_people: int) -> Seats:
        """Seat the people of some events."""
        places = matches.people
        chosen = np.empty(n_people, dtype=np.int64)  # read only where it has been written
        chosen[places] = np.arange(places.size)
        return cls(places, chosen[places], n_people)

    def alive(self, alive: Mask) -> Mask:
        """Who of the seats is alive, from one truth a place."""
        seated = np.zeros(self.places.size + 1, dtype=np.bool_)
        seated[self.numbers] = alive[self.places]
        return seated

    def mask(self, truth: Mask) -> Mask:
        """One truth a place from one a seat; people without events have that of the last seat."""
        mask = np.full(self.n_people, truth[-1])
        mask[self.places] = truth[self.numbers]
        return mask
