"""Which households have a story to tell: disjoint, so that no story hides another."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

Households = tuple[int, ...]


@dataclass(frozen=True)
class Roles:
    """Places of households.

    Attributes:
        sharing: A tablet is used by each two in a row.
        changing: Of each two in a row, the first one's old phone number becomes the second one's.
        mistyping: Once gave an address with a letter missing.
        rotating: Their cookie is replaced by another, which has not logged in yet.
        mismatched: A partner takes each two in a row for one, wrongly.
        returning: Browse anonymously and log in later.
        matched: A partner says which anonymous visitor they are, and takes it back.
    """

    sharing: Households
    changing: Households
    mistyping: Households
    rotating: Households
    mismatched: Households
    returning: Households
    matched: Households

    @classmethod
    def draw(cls, households: int, random: np.random.Generator) -> Roles:
        """Give each role to its share of the households.

        Raises:
            ValueError: They are too few for every role to have some.
        """
        sizes = {
            name: max(group, round(households * share) // group * group) for name, (share, group) in _SHARES.items()
        }
        if sum(sizes.values()) > households:
            raise ValueError(f"{households} households; expected at least {sum(sizes.values())}, some for every role")
        order, first, drawn = random.permutation(households).tolist(), 0, {}
        for role in fields(cls):
            drawn[role.name] = tuple(order[first : first + sizes[role.name]])
            first += sizes[role.name]
        return cls(**drawn)


# Of the households, and in groups of how many.
_SHARES = {
    "sharing": (0.04, 2),
    "changing": (0.02, 2),
    "mistyping": (0.02, 1),
    "rotating": (0.10, 1),
    "mismatched": (0.01, 2),
    "returning": (0.03, 1),
    "matched": (0.01, 1),
}


def pairs(households: Households) -> list[tuple[int, int]]:
    """Each two in a row."""
    return list(zip(households[::2], households[1::2], strict=True))
