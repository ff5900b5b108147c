"""The fewest conditions that would have to change their truth for a rule to change its own.

Conditions count one each and stand on their own: that one event may change several of them is not weighed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from plateia.rules import tree
from transforms.audience.explaining.person import Truth

Path = tuple[int, ...]


@dataclass(frozen=True)
class Standing:
    """A node of a rule for one person: its truth, and its place in the order in which the rule is written.

    ``can_change``: whether a condition (a node without children) can be other than it is.
    """

    node: tree.Node
    place: int
    truth: Truth
    children: tuple[Standing, ...] = ()
    can_change: bool = True


def cheapest(standing: Standing, *, wanted: bool) -> Path | None:
    """The places of the conditions to change, as few as possible, the first written ones of equally few.

    Empty where the node is as wanted; None where no change of conditions does it.
    """
    if standing.truth is None:
        return None
    if standing.truth is wanted:
        return ()
    node, children = standing.node, standing.children
    match node:
        case tree.Group(op="xor"):
            return _exactly_one(children) if wanted else _not_one(children)
        case tree.Group(op="none"):
            return _some(children, len(children), wanted=False) if wanted else _some(children, 1, wanted=True)
        case tree.Group(op=op):
            n = len(children) if op == "all" else 1
            return _at_least(children, n, wanted=wanted)
        case tree.NOf(n=n):
            return _at_least(children, n, wanted=wanted)
    return (standing.place,) if standing.can_change else None


def all_of(paths: Iterable[Path | None]) -> Path | None:
    """Every path; None where one of them is."""
    joined: Path = ()
    for path in paths:
        if path is None:
            return None
        joined += path
    return joined


def _at_least(children: Sequence[Standing], n: int, *, wanted: bool) -> Path | None:
    """That at least ``n`` children are true, or that fewer are."""
    return _some(children, n, wanted=True) if wanted else _some(children, len(children) - n + 1, wanted=False)


def _some(children: Sequence[Standing], n: int, *, wanted: bool) -> Path | None:
    """That at least ``n`` children are as wanted, those that are so already among them."""
    paths = [path for child in children if (path := cheapest(child, wanted=wanted)) is not None]
    return None if len(paths) < n else all_of(sorted(paths, key=len)[:n])


def _exactly_one(children: Sequence[Standing]) -> Path | None:
    yes = [cheapest(child, wanted=True) for child in children]
    no = [cheapest(child, wanted=False) for child in children]
    chances = [all_of([*no[:chosen], yes[chosen], *no[chosen + 1 :]]) for chosen in range(len(children))]
    return min((path for path in chances if path is not None), key=len, default=None)


def _not_one(children: Sequence[Standing]) -> Path | None:
    """From exactly one true child to none, or to two."""
    chances = [cheapest(child, wanted=child.truth is not True) for child in children]
    return min((path for path in chances if path is not None), key=len, default=None)
