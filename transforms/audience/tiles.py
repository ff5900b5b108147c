"""Tiles of audiences: which leaves and nodes of a plan are held in memory together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from transforms.audience.plan import SitePlan


@dataclass(frozen=True, slots=True)
class Tile:
    """A part of a plan: leaves to evaluate, then inner nodes to compute, both ascending.

    Attributes:
        kept: What later tiles take from this one and those before it.
    """

    leaves: Sequence[int]
    nodes: Sequence[int]
    kept: Collection[int] = ()


def tiles(plan: SitePlan, *, most_leaves: int) -> list[Tile]:
    """A plan in tiles of at most so many leaves, but of one audience at least, in topological order.

    Each output is computed in one tile and kept for those after it; any other node in every tile that needs it.
    """
    n_leaves = len(plan.leaves)
    if n_leaves <= most_leaves:
        return [Tile(range(n_leaves), range(n_leaves, n_leaves + len(plan.ops)))]
    parts = _parts(plan, most_leaves)
    needed: set[int] = set()
    found = []
    for nodes, taken in reversed(parts):
        ordered = sorted(nodes)
        leaves = [node for node in ordered if node < n_leaves]
        found.append(Tile(leaves, ordered[len(leaves) :], frozenset(needed)))
        needed |= taken
    return found[::-1]


def _parts(plan: SitePlan, most_leaves: int) -> list[tuple[set[int], set[int]]]:
    """The nodes of each tile, and the outputs of tiles before it that it takes."""
    arguments = {node: children for node, _, _, children in plan.inner_nodes()}
    outputs, finished = set(plan.outputs), set[int]()
    parts: list[tuple[set[int], set[int]]] = [(set(), set())]
    room = most_leaves
    for output in plan.outputs:
        if output in finished:
            continue
        nodes, taken = parts[-1]
        cone, borrowed = _cone(output, arguments, finished)
        added = sum(node < len(plan.leaves) for node in cone - nodes)
        if nodes and added > room:
            finished |= nodes & outputs
            nodes, taken = set(), set()
            parts.append((nodes, taken))
            cone, borrowed = _cone(output, arguments, finished)
            added, room = sum(node < len(plan.leaves) for node in cone), most_leaves
        nodes |= cone
        taken |= borrowed
        room -= added
    return parts


def _cone(output: int, arguments: Mapping[int, Sequence[int]], finished: set[int]) -> tuple[set[int], set[int]]:
    """A node with all it is made of, and where that ends in what is finished."""
    cone: set[int] = set()
    borrowed: set[int] = set()
    waiting = [output]
    while waiting:
        node = waiting.pop()
        if node in finished:
            borrowed.add(node)
        elif node not in cone:
            cone.add(node)
            waiting.extend(arguments.get(node, ()))
    return cone, borrowed
