"""Components that hold more than one person may have, replayed and told apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from plateia.identity.tokens import TokenKeys
from plateia.tables import IDENTITY_EDGES_REFUSED
from transforms.identity.guard.replay import Edge, Replay, Vertex
from transforms.identity.persons.values import Flags, Values, column
from transforms.identity.rules import Rules

REFUSED = IDENTITY_EDGES_REFUSED.schema.remove(IDENTITY_EDGES_REFUSED.schema.get_field_index("run_id"))


def told_apart(values: Values, edges: pa.Table, rules: Rules, keys: TokenKeys) -> tuple[Values, pa.Table]:
    """The values, those of components over a cap as their replay leaves them, and the edges that it refuses.

    The confidence of a value of a replay is the greatest of the edges that hold it, 0 where none does.

    Args:
        edges: What ``values`` were made from, with ``source, purpose, score``.
        keys: Unwrap tokens, whose inner form decides between edges of one score.
    """
    over = _over_caps(values, rules)
    if not over.any():
        return values, REFUSED.empty_table()
    component_of = values.component[values.places(column(edges, "a", np.int64))]
    mine = np.flatnonzero(over[component_of])
    told = _edges(edges.take(pa.array(mine)), values, rules, keys)
    evidence: dict[int, list[Edge]] = defaultdict(list)
    for component, edge in zip(component_of[mine].tolist(), told, strict=True):
        evidence[component].append(edge)
    members: dict[int, list[int]] = defaultdict(list)
    for place in np.flatnonzero(over[values.component]).tolist():
        members[int(values.component[place])].append(place)
    owner, confidence = values.component.copy(), values.confidence.copy()
    refused: list[dict[str, object]] = []
    for component, places in members.items():
        replay = Replay(rules, {place: Vertex(int(values.kind[place]), bool(values.proven[place])) for place in places})
        confidence[places] = 0.0
        for edge, rule in replay.run(evidence[component]):
            if rule is None:
                for end in (edge.a, edge.b):
                    confidence[end] = max(confidence[end], edge.confidence)
            else:
                refused.append(_refused(edge, rule, values, rules))
        owner[places] = [values.components + replay.groups[place].least for place in places]
    return values.parted(owner, confidence), pa.Table.from_pylist(refused, schema=REFUSED)


def _over_caps(values: Values, rules: Rules) -> Flags:
    """Of each component, whether it holds too many values of a type, or two proven ones of an exclusive type."""
    shape = (values.components, len(rules.kinds))
    held, proven = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    np.add.at(held, (values.component, values.kind), 1)
    np.add.at(proven, (values.component, values.kind), values.proven.astype(np.int64))
    over = np.zeros(values.components, np.bool_)
    for place, kind in enumerate(rules.kinds):
        if kind.max_per_person is not None:
            over |= held[:, place] > kind.max_per_person
        if kind.is_exclusive:
            over |= proven[:, place] > 1
    return over


def _edges(rows: pa.Table, values: Values, rules: Rules, keys: TokenKeys) -> Iterator[Edge]:
    """The edges as a replay takes them, their ends by place."""
    ends = [values.places(column(rows, end, np.int64)).tolist() for end in ("a", "b")]
    for a, b, row in zip(*ends, rows.drop_columns(["a", "b"]).to_pylist(), strict=True):
        yield Edge(
            a=a,
            b=b,
            score=row["score"],
            priority=min(rules.kinds[row["kind_a"]].priority, rules.kinds[row["kind_b"]].priority),
            inner=(keys.unwrap(row["token_a"]), keys.unwrap(row["token_b"])),
            source=row["source"],
            purpose=row["purpose"],
            verified=row["verified"],
            confidence=row["confidence"],
        )


def _refused(edge: Edge, rule: str, values: Values, rules: Rules) -> dict[str, object]:
    row: dict[str, object] = {"source": edge.source, "purpose": edge.purpose, "verified": edge.verified}
    for name, place in (("a", edge.a), ("b", edge.b)):
        row |= {f"type_{name}": rules.kinds[values.kind[place]].name, f"token_{name}": values.token[place].as_py()}
    return {**row, "score": edge.score, "rule": rule}
