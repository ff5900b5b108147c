"""The graph of a site's audiences while it is built: equal leaves and equal inner nodes are one node."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from transforms.audience.atoms import (
    AliveLeaf,
    Leaf,
    NobodyLeaf,
    Selection,
)
from transforms.audience.plan import Op

_Inner = tuple[Op, int, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Compact:
    """What some outputs of a graph need, as ``SitePlan`` holds it; ``final`` is graph node → plan node."""

    leaves: tuple[Leaf, ...]
    ops: npt.NDArray[np.uint8]
    counts: npt.NDArray[np.int32]
    starts: npt.NDArray[np.int32]
    arguments: npt.NDArray[np.int32]
    selections: tuple[Selection, ...]
    final: Mapping[int, int]


class Graph:
    """Interns leaves and nodes. Leaves count up from 0 and inner nodes down from -1 until the leaves are all known."""

    def __init__(self) -> None:
        self._leaves: dict[Leaf, int] = {}
        self._inner: dict[_Inner, int] = {}
        self._selections: dict[Selection, int] = {}

    def leaf(self, leaf: Leaf) -> int:
        """The node of a leaf."""
        return self._leaves.setdefault(leaf, len(self._leaves))

    def combine(self, op: Op, arguments: Iterable[int], n: int = 0) -> int:
        """The node of an operation on nodes."""
        # In all, any and none a repeated child changes nothing; in xor and n_of it counts again.
        distinct = sorted(arguments if op in (Op.XOR, Op.N_OF) else set(arguments))
        if not distinct:
            return self.leaf(AliveLeaf() if op in (Op.ALL, Op.NONE) else NobodyLeaf())
        if op in (Op.ALL, Op.ANY, Op.XOR) and len(distinct) == 1:
            return distinct[0]
        return self._inner.setdefault((op, n, tuple(distinct)), -1 - len(self._inner))

    def without(self, node: int, others: Iterable[int]) -> int:
        """The node of those of one node who are in none of some others."""
        excluded = list(others)
        return self.combine(Op.ALL, [node, self.combine(Op.NONE, excluded)]) if excluded else node

    def chosen(self, population: int, selection: Selection) -> int:
        """The node of those of ``population`` whom a selection takes."""
        index = self._selections.setdefault(selection, len(self._selections))
        return self.combine(Op.CHOSEN, [population], index)

    def compact(self, outputs: Collection[int]) -> Compact:
        """The compact form of everything that some nodes need."""
        used = self._reachable(outputs)
        leaves = [leaf for leaf, node in self._leaves.items() if node in used]
        inner = [(key, node) for key, node in self._inner.items() if node in used]
        final = {self._leaves[leaf]: i for i, leaf in enumerate(leaves)}
        final |= {node: len(leaves) + i for i, (_, node) in enumerate(inner)}
        sizes = [len(arguments) for (_, _, arguments), _ in inner]
        return Compact(
            leaves=tuple(leaves),
            ops=np.array([op for (op, _, _), _ in inner], dtype=np.uint8),
            counts=np.array([n for (_, n, _), _ in inner], dtype=np.int32),
            starts=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32),
            arguments=np.array([final[a] for (_, _, arguments), _ in inner for a in arguments], dtype=np.int32),
            selections=tuple(self._selections),
            final=final,
        )

    def _reachable(self, outputs: Collection[int]) -> set[int]:
        """What the outputs need; an audience that failed half-way may have left nodes that nobody does."""
        arguments = {node: key[2] for key, node in self._inner.items()}
        used: set[int] = set()
        waiting = list(outputs)
        while waiting:
            node = waiting.pop()
            if node not in used:
                used.add(node)
                waiting.extend(arguments.get(node, ()))
        return used
