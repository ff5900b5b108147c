"""Components that hold more than one person may have, found, and replayed where they lie."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial, reduce

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema

from plateia.identity.tokens import TokenKeys
from transforms.identity.grouped import by_group, whole_groups
from transforms.identity.guard.replay import Edge, Replay, Vertex
from transforms.identity.rules import Rules

_OUT = pa.schema(
    [
        ("a", pa.int64()),
        ("b", pa.int64()),
        ("source", pa.string()),
        ("purpose", pa.string()),
        ("verified", pa.bool_()),
        ("rule", pa.string()),
        ("person", pa.int64()),
        ("confidence", pa.float64()),
    ]
)


def over_caps(members: DataFrame, rules: Rules) -> DataFrame:
    """``component``: those that hold too many values of a type, or two proven ones of an exclusive type.

    Args:
        members: ``component, kind, proven``, one row a value.
    """
    counts, broken = [], []
    for place, kind in enumerate(rules.kinds):
        if kind.max_per_person is not None:
            counts.append(F.count_if(F.col("kind") == place).alias(f"values_{place}"))
            broken.append(F.col(f"values_{place}") > kind.max_per_person)
        if kind.is_exclusive:
            counts.append(F.count_if((F.col("kind") == place) & F.col("proven")).alias(f"proven_{place}"))
            broken.append(F.col(f"proven_{place}") > 1)
    if not broken:
        return members.select("component").limit(0)
    any_broken: Column = reduce(lambda one, other: one | other, broken)
    return members.groupBy("component").agg(*counts).where(any_broken).select("component")


def replayed(edges: DataFrame, members: DataFrame, rules: Rules, keys: TokenKeys) -> DataFrame:
    """What becomes of components under the rules.

    Args:
        edges: Their live edges, loops among them, with ``component``.
        members: ``component, vertex, kind, proven``: their values.
        keys: Unwrap tokens, whose inner form decides between edges of one score.

    Returns:
        One row a value: ``a`` its number, ``person`` a number that it shares with those who are one person with it, and
        ``confidence``, the greatest of the edges that hold it. One row a refused edge: ``a, b, source, purpose,
        verified`` and ``rule``; elsewhere that is null.
    """
    rows = edges.select(
        "component", "a", "b", "kind_a", "kind_b", "token_a", "token_b", "source", "purpose", "verified", "score",
        "confidence",
    )  # fmt: skip
    values = members.select("component", F.col("vertex").alias("a"), F.col("kind").alias("kind_a"), "proven")
    both = rows.unionByName(values, allowMissingColumns=True)
    replay = partial(_replay_all, rules=rules, keys=keys)
    return by_group(both, "component").mapInArrow(replay, from_arrow_schema(_OUT))


def _replay_all(batches: Iterable[pa.RecordBatch], rules: Rules, keys: TokenKeys) -> Iterator[pa.RecordBatch]:
    for table, groups in whole_groups(batches, "component"):
        rows = table.to_pylist()
        out: list[dict[str, object]] = []
        for start, end in groups:
            out += _replay(rows[start:end], rules, keys)
        yield from pa.Table.from_pylist(out, schema=_OUT).to_batches()


def _replay(rows: list[dict[str, object]], rules: Rules, keys: TokenKeys) -> Iterator[dict[str, object]]:
    """The replay of one component."""
    vertices: dict[int, Vertex] = {}
    edges: list[Edge] = []
    for row in rows:
        if row["b"] is None:
            vertices[_int(row["a"])] = Vertex(_int(row["kind_a"]), bool(row["proven"]))
            continue
        edges.append(_edge(row, rules, keys))
    best: dict[int, float] = dict.fromkeys(vertices, 0.0)
    replay = Replay(rules, vertices)
    for edge, rule in replay.run(edges):
        if rule is None:
            for end in (edge.a, edge.b):
                best[end] = max(best[end], edge.confidence)
        else:
            yield {
                "a": edge.a,
                "b": edge.b,
                "source": edge.source,
                "purpose": edge.purpose,
                "verified": edge.verified,
                "rule": rule,
            }
    for vertex in vertices:
        person = replay.groups[vertex].least
        yield {"a": vertex, "person": person, "confidence": best[vertex]}


def _edge(row: dict[str, object], rules: Rules, keys: TokenKeys) -> Edge:
    kinds = (rules.kinds[_int(row["kind_a"])], rules.kinds[_int(row["kind_b"])])
    tokens = row["token_a"], row["token_b"]
    inner = [keys.unwrap(token) for token in tokens if isinstance(token, bytes)]
    return Edge(
        a=_int(row["a"]),
        b=_int(row["b"]),
        score=_float(row["score"]),
        priority=min(kind.priority for kind in kinds),
        inner=(inner[0], inner[1]),
        source=str(row["source"]),
        purpose=None if row["purpose"] is None else str(row["purpose"]),
        verified=bool(row["verified"]),
        confidence=_float(row["confidence"]),
    )


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value


def _float(value: object) -> float:
    assert isinstance(value, float)
    return value
