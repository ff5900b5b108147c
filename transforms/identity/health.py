"""Whether a map of identities is sound: measures of what was written, each against its band."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from plateia.declarations.identity import Band, Health
from transforms.identity.grouped import by_group, whole_groups
from transforms.identity.guard.replay import EXCLUSIVE, MAX_PER_PERSON
from transforms.identity.guard.sharing import RULE as MAX_PEOPLE_PER_VALUE
from transforms.shuffling import sent_to_all

_RULES = (MAX_PER_PERSON, MAX_PEOPLE_PER_VALUE, EXCLUSIVE)


@dataclass(frozen=True, slots=True)
class Measure:
    """What was found, and where it must lie; ``band`` is None where anything goes."""

    name: str
    value: float
    band: Band | None

    @property
    def is_sound(self) -> bool:
        return self.band is None or self.band.holds(self.value)


def measures(
    health: Health,
    *,
    anchor_type: str,
    people: DataFrame,
    members: DataFrame,
    edges: DataFrame,
    refused: DataFrame,
    as_of: datetime,
) -> list[Measure]:
    """Every measure of the tables as they were written.

    Args:
        people, members, edges, refused: Rows of ``identity_people``, ``_members``, ``_edges`` (those that count) and
            ``_edges_refused``.
        anchor_type: The strongest type.
        as_of: Of the run that wrote them.
    """
    at = F.lit(as_of)
    was_known = (F.col("valid_from") < at) & (F.col("valid_to").isNull() | (F.col("valid_to") == at))
    sizes = people.where(F.col("retired_at").isNull()).agg(
        F.count("*").alias("people"),
        F.max("identifiers").alias("largest"),
        F.percentile("identifiers", F.lit(0.999)).alias("p999"),
        F.count_if(F.col("anchors") > 1).alias("several"),
        F.sum(F.when(F.col("anchors") > 1, F.col("identifiers"))).alias("of_several"),
    )
    known = members.agg(F.count_if(was_known).alias("known"))
    moved = _moved(members, as_of=as_of).agg(F.count("*").alias("moved"))
    evidence = edges.agg(F.count("*").alias("edges"))
    found = sizes.crossJoin(known).crossJoin(moved).crossJoin(evidence).collect()[0]
    total = max(1, found["people"])
    bridged = 0
    if found["several"]:
        bridged = _bridged(people, members, edges, anchor_type, values=found["of_several"]).count()
    parts = {
        "largest_person": (float(found["largest"] or 0), health.largest_person),
        "p999_person": (float(found["p999"] or 0), health.p999_person),
        "anchors_above_one": (found["several"] / total, health.anchors_above_one),
        "bridges": (bridged / total, health.bridges),
        "churn": (found["moved"] / max(1, found["known"]), health.churn),
    }
    shares = _shares(refused, edges=found["edges"])
    parts |= {f"refused.{rule}": (shares[rule], getattr(health.refused, rule)) for rule in _RULES}
    return [Measure(name, value, band) for name, (value, band) in parts.items()]


def _moved(members: DataFrame, *, as_of: datetime) -> DataFrame:
    """The values that were somebody's before, and are another's now."""
    at = F.lit(as_of)
    came = members.where(F.col("valid_to").isNull() & (F.col("valid_from") == at)).select("token")
    left = members.where((F.col("valid_to") == at) & (F.col("valid_from") < at)).select("token")
    return left.join(came, on="token", how="left_semi")


def _shares(refused: DataFrame, *, edges: int) -> Mapping[str, float]:
    """Refused edges among all evidence, by the last word of the rule."""
    found = refused.groupBy(F.element_at(F.split("rule", r"\."), -1).alias("rule")).count().collect()
    return defaultdict(float, {row["rule"]: row["count"] / max(1, edges) for row in found})


def _bridged(people: DataFrame, members: DataFrame, edges: DataFrame, anchor_type: str, *, values: int) -> DataFrame:
    """The people two of whose strongest identifiers one single pair holds together; ``values`` they have."""
    several = sent_to_all(people.where(F.col("anchors") > 1).select("person_id"), values)
    current = members.where(F.col("valid_to").isNull()).join(several, on="person_id", how="left_semi")
    strongest = F.col("identifier_type") == anchor_type
    theirs = current.select(F.xxhash64("person_id").alias("person"), "token", strongest.alias("anchor"))
    ends = [
        sent_to_all(
            theirs.select("person", F.col("token").alias(f"token_{end}"), F.col("anchor").alias(f"anchor_{end}")),
            values,
        )
        for end in ("a", "b")
    ]
    joined = edges.select("token_a", "token_b").join(ends[0], on="token_a", how="inner")
    inside = joined.join(ends[1], on=["person", "token_b"], how="inner")
    pairs = inside.select(
        "person", F.xxhash64("token_a").alias("a"), F.xxhash64("token_b").alias("b"), "anchor_a", "anchor_b"
    ).distinct()
    return by_group(pairs, "person").mapInArrow(_held_by_one, "person long")


def _held_by_one(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for table, groups in whole_groups(batches, "person"):
        rows = table.to_pylist()
        people = [rows[start]["person"] for start, end in groups if has_bridge(rows[start:end])]
        yield pa.RecordBatch.from_arrays([pa.array(people, pa.int64())], ["person"])


def has_bridge(pairs: Iterable[Mapping[str, object]]) -> bool:
    """Whether some pair, taken away, leaves an anchor on either side.

    Tarjan (1974): an edge of a spanning tree is a bridge if nothing below it reaches above it.

    Args:
        pairs: ``a, b, anchor_a, anchor_b``: the pairs of one person; loops join nothing.
    """
    beside: dict[object, list[object]] = defaultdict(list)
    anchors: set[object] = set()
    for pair in pairs:
        for mine, its in (("a", "b"), ("b", "a")):
            anchors |= {pair[mine]} if pair[f"anchor_{mine}"] else set()
            if pair["a"] != pair["b"]:
                beside[pair[mine]].append(pair[its])
    order: dict[object, int] = {}
    lowest: dict[object, int] = {}
    below: dict[object, int] = {}
    path: list[tuple[object, object, Iterator[object]]] = []

    def enter(vertex: object, above: object) -> None:
        order[vertex] = lowest[vertex] = len(order)
        below[vertex] = int(vertex in anchors)
        path.append((vertex, above, iter(beside[vertex])))

    for start in list(beside)[:1]:  # all values of a person are connected
        enter(start, start)
    while path:
        here, above, others = path[-1]
        other = next(others, None)
        if other is None:
            path.pop()
            lowest[above] = min(lowest[above], lowest[here])
            below[above] += below[here] if here != above else 0
            if lowest[here] > order[above] and 0 < below[here] < len(anchors):
                return True
        elif other not in order:
            enter(other, here)
        elif other != above:
            lowest[here] = min(lowest[here], order[other])
    return False
