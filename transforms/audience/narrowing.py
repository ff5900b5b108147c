"""The part of a plan that some of its nodes need."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from transforms.audience.atoms import ListLeaf
from transforms.audience.plan import SitePlan


def narrowed(plan: SitePlan, nodes: Collection[int]) -> tuple[SitePlan, dict[int, int]]:
    """A plan without audiences, of what ``nodes`` need; and the number in it of each node that is kept."""
    n_leaves = len(plan.leaves)
    inner = {node: (op, n, arguments) for node, op, n, arguments in plan.inner_nodes()}
    needed: set[int] = set()
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if node not in needed:
            needed.add(node)
            waiting.extend(inner[node][2] if node in inner else ())
    kept = sorted(needed)
    number = {node: place for place, node in enumerate(kept)}
    leaves = tuple(plan.leaves[node] for node in kept if node < n_leaves)
    rows = [inner[node] for node in kept if node >= n_leaves]
    sizes = [len(arguments) for _, _, arguments in rows]
    small = replace(
        plan,
        keys=(),
        outputs=tuple(number[node] for node in nodes),
        leaves=leaves,
        ops=np.array([op for op, _, _ in rows], dtype=np.uint8),
        counts=np.array([n for _, n, _ in rows], dtype=np.int32),
        starts=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32),
        arguments=np.array([number[argument] for _, _, arguments in rows for argument in arguments], dtype=np.int32),
        leaf_counts=(),
        references={},
        failed={},
        lists={leaf.file: plan.lists[leaf.file] for leaf in leaves if isinstance(leaf, ListLeaf)},
        outlines={},
    )
    return small, number
