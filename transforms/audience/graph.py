"""The graph of a site's audiences while it is built: equal leaves and equal inner nodes are one node."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, compress

import numpy as np
import numpy.typing as npt

from transforms.audience.atoms import (
    AliveLeaf,
    Leaf,
    NobodyLeaf,
    Selection,
)
from transforms.audience.plan import Op

_ALL, _ANY, _NONE, _XOR, _N_OF = (int(op) for op in (Op.ALL, Op.ANY, Op.NONE, Op.XOR, Op.N_OF))
_EVERYONE, _NOBODY = AliveLeaf(), NobodyLeaf()

_Inner = tuple[int, int, tuple[int, ...]]  # an operation by its number: an enum's hash is a call into Python


@dataclass(frozen=True, slots=True)
class Compact:
    """What some outputs of a graph need, as ``SitePlan`` holds it; ``final[graph node]`` is the plan node."""

    leaves: tuple[Leaf, ...]
    ops: npt.NDArray[np.uint8]
    counts: npt.NDArray[np.int32]
    starts: npt.NDArray[np.int32]
    arguments: npt.NDArray[np.int32]
    selections: tuple[Selection, ...]
    final: Sequence[int]


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
        number = int(op)
        distinct = sorted(arguments if number in (_XOR, _N_OF) else set(arguments))
        if not distinct:
            return self.leaf(_EVERYONE if number in (_ALL, _NONE) else _NOBODY)
        if len(distinct) == 1 and number in (_ALL, _ANY, _XOR):
            return distinct[0]
        return self._inner.setdefault((number, n, tuple(distinct)), -1 - len(self._inner))

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
        inner = list(self._inner)
        used = self._reachable(inner, outputs)
        n_leaves = len(self._leaves)
        leaves = tuple(compress(self._leaves, used[:n_leaves]))
        # Inner nodes count down from -1, and so stand at the end of what has a place for every node.
        final = np.cumsum(np.concatenate([used[:n_leaves], used[: n_leaves - 1 : -1]])) - 1
        final[n_leaves:] = final[n_leaves:][::-1]
        needed = list(compress(inner, used[: n_leaves - 1 : -1]))
        sizes = [len(arguments) for _, _, arguments in needed]
        named = np.fromiter(chain.from_iterable(arguments for _, _, arguments in needed), np.int64, sum(sizes))
        return Compact(
            leaves=leaves,
            ops=np.array([op for op, _, _ in needed], dtype=np.uint8),
            counts=np.array([n for _, n, _ in needed], dtype=np.int32),
            starts=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32),
            arguments=final[named].astype(np.int32),
            selections=tuple(self._selections),
            final=final.tolist(),
        )

    def _reachable(self, inner: Sequence[_Inner], outputs: Collection[int]) -> npt.NDArray[np.bool_]:
        """What the outputs need, by node; an audience that failed half-way may have left nodes that nobody does."""
        used = bytearray(len(self._leaves) + len(inner))
        for node in outputs:
            used[node] = True
        for node in range(-len(inner), 0):  # the newest first: a node is made after its arguments
            if used[node]:
                for argument in inner[-1 - node][2]:
                    used[argument] = True
        return np.frombuffer(used, np.bool_)
