"""The executable form of a site's audiences: distinct leaves and a graph of bit operations, small and picklable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from plateia.records import BlockScores, Change, Volume
from transforms.audience.atoms import (
    ChangedLeaf,
    ConsentLeaf,
    EnteredLeaf,
    EventRank,
    Leaf,
    ScoreLeaf,
    ScoreRank,
    Selection,
    events_of,
    relations_of,
)


class Op(IntEnum):
    """What an inner node does with its arguments.

    ``N_OF`` takes its n from ``SitePlan.counts``, ``CHOSEN`` the number of its selection, and its argument is the
    population that the selection chooses from.
    """

    ALL = 0
    ANY = 1
    NONE = 2
    XOR = 3
    N_OF = 4
    CHOSEN = 5


@dataclass(frozen=True, slots=True)
class Outline:
    """A node of a rule as its author wrote it, with the graph node that holds its truth; for explanations."""

    text: str
    node: int
    children: tuple[Outline, ...] = ()


_OPS = tuple(Op)  # by value; to ask the class costs more than to combine two small sets


@dataclass(frozen=True, slots=True)
class SitePlan:
    """All audiences of a site as one graph.

    Nodes ``0 … len(leaves) - 1`` are the leaves; node ``len(leaves) + i`` applies ``ops[i]`` to the nodes
    ``arguments[starts[i] : starts[i + 1]]``, all of them before it. ``outputs[k]`` is the node of audience ``keys[k]``.

    Attributes:
        keys: The audiences that are computed, in topological order.
        references: The audiences that each of them names, built here or not.
        failed: Audiences that cannot be computed, with the sentence that says why.
        leaf_counts: Distinct leaves of each audience's own rule.
        lists: Ids of each list file.
        selections: What the nodes ``CHOSEN`` choose; they need cuts through all blocks of the site.
        outlines: Rules in their written order, only where they were asked for.
    """

    site: str
    zone: str
    keys: tuple[str, ...]
    outputs: tuple[int, ...]
    leaves: tuple[Leaf, ...]
    ops: npt.NDArray[np.uint8]
    counts: npt.NDArray[np.int32]
    starts: npt.NDArray[np.int32]
    arguments: npt.NDArray[np.int32]
    leaf_counts: tuple[int, ...]
    references: Mapping[str, tuple[str, ...]]
    failed: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, pa.Array] = field(default_factory=dict)
    selections: tuple[Selection, ...] = ()
    outlines: Mapping[str, Outline] = field(default_factory=dict)

    def inner_nodes(self) -> Iterator[tuple[int, Op, int, list[int]]]:
        """Every inner node in order: its number, operation, n, and the nodes it combines."""
        starts, arguments = self.starts.tolist(), self.arguments.tolist()
        operations = zip(self.ops.tolist(), self.counts.tolist(), strict=True)
        for index, (op, n) in enumerate(operations):
            yield len(self.leaves) + index, _OPS[op], n, arguments[starts[index] : starts[index + 1]]


def events_read(plan: SitePlan) -> frozenset[str]:
    """The event types that a plan reads."""
    ranks = {s.ranking.rank.event for s in plan.selections if isinstance(s.ranking.rank, EventRank)}
    return frozenset(event for leaf in plan.leaves for event in events_of(leaf)) | ranks


def scores_read(plan: SitePlan) -> frozenset[str]:
    """The models whose scores a plan reads."""
    ranks = {s.ranking.rank.score for s in plan.selections if isinstance(s.ranking.rank, ScoreRank)}
    return frozenset(leaf.score for leaf in plan.leaves if isinstance(leaf, ScoreLeaf)) | ranks


def relations_read(plan: SitePlan) -> frozenset[str]:
    """The relations that a plan reads."""
    return frozenset(relation for leaf in plan.leaves for relation in relations_of(leaf))


def reads_consents(plan: SitePlan) -> bool:
    """Whether a plan asks what people have consented to."""
    return any(isinstance(leaf, ConsentLeaf) for leaf in plan.leaves)


def history_read(plan: SitePlan) -> dict[str, int | None]:
    """The audiences whose published changes a plan reads, and since which as_of (microseconds); None has no bound."""
    since: dict[str, int | None] = {}
    for leaf in plan.leaves:
        if isinstance(leaf, EnteredLeaf | ChangedLeaf):
            start = leaf.start if isinstance(leaf, EnteredLeaf) else leaf.after
            known = since.setdefault(leaf.audience, start)
            since[leaf.audience] = None if known is None or start is None else min(known, start)
    return since


class BlockReader(Protocol):
    """What a worker asks of its block; any row order, nothing person-sized beyond the block."""

    def people(self, columns: Sequence[str]) -> pa.Table:
        """The block's people: ``columns`` as far as the table has them; always at least ``ordinal``."""

    def events(self, event: str, columns: Sequence[str], start: int | None, end: int) -> pa.Table:
        """The block's events that may lie in [start, end) microseconds; more rows may come, without harm."""

    def volumes(self, event: str) -> Sequence[Volume]:
        """Where the block's events of a type are, so that many are read in parts."""

    def consents(self) -> pa.Table | None:
        """The words of the block's people: ordinal, at, purpose, granted; None if no refresh has loaded any."""

    def relation(self, relation: str, columns: Sequence[str], keys: pa.Array | None) -> pa.Table | None:
        """Rows of a relation: ``columns`` as far as the table has them; None if no refresh has loaded it.

        Args:
            keys: None: the rows of the block's people, with ``ordinal``; else those with ``from_key`` among them.
        """

    def changes(self, audience: str) -> Iterable[Change]:
        """What published runs changed in an audience in the block, in the order of publication.

        Of the runs that the plan's leaves ask for at least; runs without a change here may be left out.
        """

    def members(self, audience: str) -> bytes | None:
        """The published members of the block as Roaring bytes; None where there are none."""

    def scores(self, score: str) -> BlockScores | None:
        """The block's current scores; None where nobody here has one."""
