"""Which events match a feature's filter."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms.audience.atoms import Where, WhereTest
from transforms.audience.leaves.columns import decode
from transforms.audience.leaves.predicates import meets

Mask = npt.NDArray[np.bool_]


def matches(where: Where, events: pa.Table) -> Mask:
    """One truth a row; a missing property meets no test (but that it is missing)."""
    if isinstance(where, WhereTest):
        return meets(decode(events[where.property]), where.predicate)
    masks = [matches(item, events) for item in where.items]
    if where.op == "all":
        all_of: Mask = np.logical_and.reduce(masks)
        return all_of
    any_of: Mask = np.logical_or.reduce(masks)
    return ~any_of if where.op == "none" else any_of


def tested_properties(where: Where) -> set[str]:
    """The properties that a filter names."""
    if isinstance(where, WhereTest):
        return {where.property}
    return set().union(*(tested_properties(item) for item in where.items))
