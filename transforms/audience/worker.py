"""Evaluate a plan on one block of people: members, changes, failures and costs of every audience."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from plateia.records import FreshTotals
from plateia.tables import AUDIENCE_CHANGES, AUDIENCE_MEMBERS
from transforms.audience import bits, roaring
from transforms.audience.bits import Words
from transforms.audience.choosing import Bounds
from transforms.audience.evaluation import Evaluation
from transforms.audience.leaves.errors import LeafError
from transforms.audience.limits import LIMITS, Limits
from transforms.audience.meter import Meter
from transforms.audience.partials.store import TotalsStore
from transforms.audience.plan import BlockReader, SitePlan

MEMBERS = pa.schema([field for field in AUDIENCE_MEMBERS.schema if field.name not in AUDIENCE_MEMBERS.partition_by])
CHANGES = pa.schema([field for field in AUDIENCE_CHANGES.schema if field.name not in AUDIENCE_CHANGES.partition_by])
_NOBODY = roaring.encode(np.zeros(0, dtype=np.uint64), 0)


@dataclass(frozen=True, slots=True)
class BlockOutcome:
    """What one block says of every audience.

    Attributes:
        members: ``audience, block, size, hash, members``, one row an audience with members here, by audience.
        changes: ``audience, block, n_entered, n_left, entered, left`` against what is published, one row an audience
            with any, by audience.
        failures: Why an audience could not be computed here.
        core_ms: Processor time of each audience of the plan, shared work split over its users.
        fresh_totals: Daily totals that were not kept yet.
    """

    block: int
    n_people: int
    members: pa.Table
    changes: pa.Table
    failures: Mapping[str, str]
    core_ms: npt.NDArray[np.float64]
    fresh_totals: Sequence[FreshTotals] = ()


def evaluate_block(
    plan: SitePlan,
    reader: BlockReader,
    *,
    block: int,
    bounds: Mapping[int, Bounds | str] | None = None,
    limits: Limits = LIMITS,
    store: TotalsStore | None = None,
) -> BlockOutcome:
    """Compute every audience of a plan for the people of one block.

    ``bounds`` say whom the plan's selections take, out of all blocks.

    The same people and events give the same bytes, in whatever order their rows come. A leaf that cannot be
    evaluated fails its audiences and those that refer to them, and no others. Neither ``limits`` nor the daily totals
    of ``store`` change what comes out.
    """
    meter = Meter(plan)
    evaluation = Evaluation(plan, reader, block, meter, bounds, limits, store)
    audiences: dict[int, list[int]] = defaultdict(list)
    for index, node in enumerate(plan.outputs):
        audiences[node].append(index)
    rows = MemberRows(block)
    broken: dict[str, str] = {}
    for node, words in evaluation.nodes():
        for index in audiences.get(node, ()):
            if words is not None:
                try:
                    rows.add(plan.keys[index], words, reader.members(plan.keys[index]))
                except LeafError as error:
                    broken[plan.keys[index]] = str(error)
            meter.charge_audience(index)
    members, changes = rows.members(), rows.changes()
    meter.charge_all()
    return BlockOutcome(
        block=block,
        n_people=evaluation.n_people,
        members=members,
        changes=changes,
        failures=_failures(plan, evaluation.failures, broken),
        core_ms=meter.per_audience_ms(),
        fresh_totals=evaluation.fresh_totals,
    )


def _failures(plan: SitePlan, nodes: Mapping[int, str], broken: Mapping[str, str]) -> dict[str, str]:
    """Why audiences failed; who refers to a failed one says so."""
    failures: dict[str, str] = {}
    for key, node in zip(plan.keys, plan.outputs, strict=True):
        culprit = next((ref for ref in plan.references[key] if ref in failures), None)
        if culprit is not None:
            failures[key] = f"refers to `{culprit}`, which failed"
        elif key in broken or node in nodes:
            failures[key] = broken.get(key) or nodes[node]
    return failures


class MemberRows:
    """Collects the rows of a block."""

    def __init__(self, block: int) -> None:
        self._block = block
        self._members: list[tuple[str, int, int, int, bytes]] = []
        self._changes: list[tuple[str, int, int, int, bytes, bytes]] = []

    def add(self, audience: str, words: Words, published: bytes | None) -> None:
        """Add an audience's members and what changed against its published bytes.

        Raises:
            LeafError: The published bytes cannot be understood.
        """
        encoded = roaring.encode(words, self._block)
        size = roaring.size(encoded)
        data = encoded if size else None
        if published is None and data is not None:
            self._changes.append((audience, self._block, size, 0, data, _NOBODY))
        elif published is not None and data != published:
            self._add_change(audience, words, published)
        if data is not None:
            self._members.append((audience, self._block, size, roaring.content_hash(data), data))

    def _add_change(self, audience: str, words: Words, published: bytes) -> None:
        try:
            before = roaring.decode(published, self._block)
        except ValueError as error:
            raise LeafError(f"its published members cannot be read: {error}") from None
        n = max(words.size, before.size)
        after, before = bits.fit(words, n), bits.fit(before, n)
        entered, left = after & ~before, before & ~after
        n_entered, n_left = bits.count(entered), bits.count(left)
        if n_entered or n_left:
            row = (audience, self._block, n_entered, n_left)
            self._changes.append((*row, roaring.encode(entered, self._block), roaring.encode(left, self._block)))

    def members(self) -> pa.Table:
        return _table(MEMBERS, self._members)

    def changes(self) -> pa.Table:
        return _table(CHANGES, self._changes)


def _table(schema: pa.Schema, rows: Sequence[tuple[object, ...]]) -> pa.Table:
    columns = zip(*sorted(rows, key=lambda row: str(row[0])), strict=True) if rows else [[] for _ in schema]
    arrays = [
        _binary(values) if pa.types.is_binary(field.type) else pa.array(values, field.type)
        for values, field in zip(columns, schema, strict=True)
    ]
    return pa.table(arrays, schema=schema)


def _binary(values: Sequence[bytes]) -> pa.Array:
    # pa.array looks at every value and copies it several times: half as long as all the bit operations together.
    ends = np.cumsum([0, *map(len, values)], dtype=np.int64)
    if ends[-1] > np.iinfo(np.int32).max:
        return pa.array(values, pa.binary())
    offsets, data = pa.py_buffer(ends.astype(np.int32)), pa.py_buffer(b"".join(values))
    return pa.Array.from_buffers(pa.binary(), len(values), [None, offsets, data])
